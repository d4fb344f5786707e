//! Parts of structured secrets.

use serde_json::json;

use crate::redact::redacting;
use crate::support::{Home, Ran};

const LINES: [&str; 3] = [
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
    "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu",
    "NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ",
];

/// What is shown of what an agent prints that has these secrets.
fn shown(secrets: &[(&str, &str)], text: &str) -> String {
    let names: Vec<_> = secrets.iter().map(|(name, _)| *name).collect();
    let home = Home::with_manifest(&format!("secrets: [{}]\n", names.join(", ")));
    for (name, secret) in secrets {
        home.xreq_with(&["secret", "set", name], secret).succeeds();
    }
    home.write("text", text);
    Ran::of(&mut redacting(&home, &["cat", "text"])).succeeds().stdout
}

#[test]
fn fields_of_a_service_account_key_are_replaced() {
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", LINES.join("\n"));
    let key = json!({
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": pem,
        "client_email": "robot@my-project.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    let text = format!(
        "<{}>\n<{pem}>\n<{}>\n1: {}\n3: {}\n<{}>\nid 0123456789abcdef0123456789abcdef01234567\n\
         robot@my-project.iam.gserviceaccount.com of my-project at https://oauth2.googleapis.com/token\n",
        key,
        LINES.concat(),
        LINES[0],
        LINES[2],
        pem.replace('\n', "\\n"),
    );
    let expected = "<***>\n<***\n>\n<***>\n1: ***\n3: ***\n<***\\n>\nid ***\n\
                    robot@my-project.iam.gserviceaccount.com of my-project at \
                    https://oauth2.googleapis.com/token\n";
    assert_eq!(
        shown(
            &[("KEY", &format!("{key:#}"))],
            &text.replace(&key.to_string(), &format!("{key:#}"))
        ),
        expected
    );
}

#[test]
fn passwords_within_other_secrets_are_replaced() {
    let secrets = [
        ("DATABASE_URL", "postgres://app:s3cr%40t-pw@db.example:5432/app?sslmode=require"),
        ("HEADER", "Authorization: Basic YWxpY2U6aHVudGVyMjI="),
        ("CONNECTION", "Server=tcp:sql.example;User Id=sa;Password=Tr0ub4dor&3;Encrypt=yes"),
    ];
    let text = "user app, password s3cr@t-pw or s3cr%40t-pw at db.example:5432\n\
                hunter22 of alice: YWxpY2U6aHVudGVyMjI=\n\
                sa: Tr0ub4dor at sql.example\n";
    let expected = "user app, password *** or *** at db.example:5432\n*** of alice: ***\n\
                    sa: *** at sql.example\n";
    assert_eq!(shown(&secrets, text), expected);
}
