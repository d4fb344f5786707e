// Asks who the account is with one client, as an agent below a broker would: java Brokered.java CLIENT
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Brokered {
    private static final URI ME = URI.create("https://api.x.com/2/users/me");
    private static final String BEARER = "Bearer " + System.getenv("X_ACCESS_TOKEN");

    public static void main(String[] args) throws Exception {
        System.out.println(args[0].equals("HttpClient") ? withClient() : withConnection());
    }

    private static String withClient() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(ME).header("Authorization", BEARER).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static String withConnection() throws Exception {
        HttpURLConnection connection = (HttpURLConnection) ME.toURL().openConnection();
        connection.setRequestProperty("Authorization", BEARER);
        return new String(connection.getInputStream().readAllBytes());
    }
}
