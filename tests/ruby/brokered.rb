# Asks who the account is, as an agent below a broker would.
require "net/http"

url = URI("https://api.x.com/2/users/me")
request = Net::HTTP::Get.new(url, "Authorization" => "Bearer #{ENV["X_ACCESS_TOKEN"]}")
answer = Net::HTTP.start(url.host, url.port, use_ssl: true) { |http| http.request(request) }
puts answer.body
