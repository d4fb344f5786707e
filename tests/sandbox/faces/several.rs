//! Several faces at one address.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};

use crate::support::Home;
use crate::support::http::Request;
use crate::support::provider::free_redirect_uri;

/// `xreq sandbox`, until this is dropped.
struct Serving {
    child: Child,
    output: BufReader<ChildStdout>,
    base_urls: Vec<String>,
    introduction: String,
}

impl Serving {
    fn start(home: &Home, providers: &[&str]) -> Self {
        let mut command = home.command();
        command.args(["sandbox", "--port", "0", "--home", "served"]);
        for _ in providers {
            command.args(["--redirect-uri", &free_redirect_uri()]);
        }
        command.args(providers.iter().flat_map(|provider| ["--provider", *provider]));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("xreq starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut lines = Vec::new();
        // The last line that each begins with.
        let is_last =
            |line: &String| line.contains("or without one") || line.contains("xreq import");
        while !lines.iter().any(is_last) {
            let mut line = String::new();
            assert!(output.read_line(&mut line).expect("it is text") > 0, "{lines:?}");
            lines.push(line);
        }
        let base_urls = lines.iter().map(|line| line.trim().to_owned());
        let base_urls = base_urls.take_while(|line| line.starts_with("http://")).collect();
        Self { child, output, base_urls, introduction: lines.concat() }
    }

    /// Ends it, and gives what it printed.
    fn end(mut self) -> String {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("it is text");
        rest
    }
}

#[test]
fn several_faces_serve_at_one_address_and_one_home_knows_all() {
    let keys = "integrations: [x.tweet.write, google.gmail.send, discord.identify]\n";
    let home = Home::with_manifest(keys);
    let serving = Serving::start(&home, &["x", "google", "discord", "x"]);
    let origin = serving.base_urls[0].strip_suffix("/x").expect("each has a path").to_owned();
    let expected = ["x", "google", "discord"].map(|provider| format!("{origin}/{provider}"));
    assert_eq!(serving.base_urls, expected);
    let served = home.path().join("served");
    let api = format!("export DISCORD_API_BASE_URL={origin}/discord/api/v10\n");
    assert!(serving.introduction.contains(&api), "{}", serving.introduction);

    let home = home.var("XREQ_HOME", served.to_str().expect("a plain path"));
    let home = home.var("BROWSER", &format!("{} sandbox approve %s", crate::support::XREQ));
    for provider in ["x", "google", "discord"] {
        home.xreq(&["connect", provider]).succeeds().prints("as @alice");
    }
    home.xreq(&["check"]).succeeds();
    let launch = ["run", "--", "printenv", "XREQ_INTEGRATIONS"];
    assert_eq!(home.xreq(&launch).succeeds().stdout.split_whitespace().count(), 3);
    home.xreq(&["refresh", "x", "--force"]).succeeds();
    // Each has a log and faults of its own, and nothing is beside them.
    let asked = |path: &str| Request::get(path).send(&origin).expect("it answers").status;
    assert_eq!((asked("/google/sandbox/log"), asked("/sandbox/log"), asked("/")), (200, 404, 404));
    assert_eq!((asked("/xx/sandbox"), asked("/x")), (404, 404));

    let printed = serving.end();
    for line in
        ["200 POST /x/2/oauth2/token  refresh_token\n", "200 POST /google/token", "/discord/api/"]
    {
        assert!(printed.contains(line), "no {line:?} in {printed}");
    }

    // What another sandbox knew is gone.
    let serving = Serving::start(&home, &["google", "discord"]);
    assert!(serving.introduction.contains("Connect again"), "{}", serving.introduction);
    home.xreq(&["check"]).exits(1).complains("google").complains("discord");
    serving.end();
}

#[test]
fn a_home_leads_to_service_accounts_as_it_is_printed() {
    for providers in [&["gcp"][..], &["google", "gcp"]] {
        let home = Home::with_manifest("integrations: [gcp.vertex_ai]\n");
        let mut serving = Serving::start(&home, providers);
        let served = home.path().join("served");
        let home = home.var("XREQ_HOME", served.to_str().expect("a plain path"));
        let mut lines = vec![serving.introduction.clone()];
        while !lines.concat().contains("xreq import gcp") {
            let mut line = String::new();
            assert!(serving.output.read_line(&mut line).expect("it is text") > 0, "{lines:?}");
            lines.push(line);
        }
        let told = lines.concat();
        let of_key = |line: &&str| line.contains("gcp-key.json");
        let script: Vec<_> = told.lines().filter(of_key).map(str::trim).collect();
        assert_eq!(script.len(), 2, "{told}");
        let script = script.join("\n").replace("xreq import", "\"$0\" import");
        let mut pasted = home.program("sh");
        pasted.args(["-ec", &script, crate::support::XREQ]);
        crate::support::Ran::of(&mut pasted).succeeds();
        home.xreq(&["check"]).succeeds();
        let number = home.xreq(&["run", "--", "printenv", "GCP_PROJECT_NUMBER"]).succeeds();
        number.prints("123456789012").complains("GCP_API_BASE_URL=");
        let printed = serving.end();
        assert!(
            printed.contains("/gcp/token  urn:ietf:params:oauth:grant-type:jwt-bearer"),
            "{printed}"
        );
        // Of a sandbox that is gone the way on is said.
        let base_url = serving_url(&home);
        let home = home.var("GCP_API_BASE_URL", &base_url);
        let gone = home.xreq(&["run", "--", "true"]).succeeds();
        gone.complains("none answers at").complains("xreq import gcp --kind service_account");
    }
}

/// The address that the API has by the settings of a home.
fn serving_url(home: &Home) -> String {
    let config = std::fs::read_to_string(home.path().join("served/config.yaml"));
    let config = config.expect("it is there");
    let of_gcp = config.split_once("  gcp:\n").expect("it knows gcp").1;
    let line = of_gcp.lines().find_map(|line| line.trim().strip_prefix("api_url: "));
    line.expect("it has the API").to_owned()
}
