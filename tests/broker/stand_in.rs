//! A provider in the place of X that keeps to no manners: what the last segment of a path names, it does.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_rustls::TlsAcceptor;

/// A provider, in a thread of this process.
pub struct StandIn {
    pub address: SocketAddr,
    /// The file of the certificate that it has for `localhost`.
    pub certificates: PathBuf,
}

impl StandIn {
    pub fn start(folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a name");
        let certificates = folder.join("stand-in.pem");
        fs::write(&certificates, made.cert.pem()).expect("a file");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::from(key))
            .expect("a certificate");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let (listens, is_heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let socket = TcpSocket::new_v4().expect("a socket");
                // The system is not to take what nobody reads.
                socket.set_send_buffer_size(16 << 10).expect("a size");
                socket.set_reuseaddr(true).expect("a socket");
                socket.bind(address).expect("it was free");
                let listener = socket.listen(1024).expect("it is bound");
                listens.send(()).expect("it waits");
                serve(listener, TlsAcceptor::from(Arc::new(config))).await;
            });
        });
        is_heard.recv().expect("it listens");
        Self { address, certificates }
    }
}

async fn serve(listener: tokio::net::TcpListener, acceptor: TlsAcceptor) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            if let Ok(mut stream) = acceptor.accept(stream).await {
                while answer(&mut stream).await.is_some() {}
                let _ = stream.shutdown().await;
            }
        });
    }
}

/// Answers one request. Returns `None` where the connection ends with that.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Option<()> {
    let head = head(stream).await?;
    let path = head.split(' ').nth(1)?;
    let (what, number) = path.rsplit('/').next()?.split_once('_').unwrap_or_default();
    let number: u64 = number.parse().unwrap_or_default();
    match what {
        "endless" => {
            write(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            let chunk = [format!("{:x}\r\n", 16 << 10), "x".repeat(16 << 10), "\r\n".to_owned()];
            let chunk = chunk.concat();
            loop {
                write(stream, &chunk).await?;
            }
        }
        "big" => {
            write(stream, &format!("HTTP/1.1 200 OK\r\ncontent-length: {number}\r\n\r\n")).await?;
            let piece = vec![b'x'; 64 << 10];
            let mut left = number;
            while left > 0 {
                let length = left.min(piece.len() as u64);
                stream.write_all(&piece[..usize::try_from(length).ok()?]).await.ok()?;
                left -= length;
            }
            stream.flush().await.ok()
        }
        "hangs" => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            None
        }
        "less" => {
            write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nless").await?;
            None
        }
        // What comes behind an answer is none to the next request.
        "more" => {
            let forged = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
            write(stream, &format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nmore{forged}"))
                .await
        }
        "both" => {
            let lengths = "content-length: 4\r\ncontent-length: 40";
            write(stream, &format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nboth")).await?;
            None
        }
        _ => {
            let asked = head.lines().next()?.strip_suffix(" HTTP/1.1")?;
            let head = format!("HTTP/1.1 200 OK\r\nx-asked: {asked}\r\ncontent-length: 5\r\n\r\n");
            write(stream, &format!("{head}small")).await
        }
    }
}

/// Reads the head of a message.
pub async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> Option<()> {
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
