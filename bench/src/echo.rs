//! The floor of HTTP: a server that parses JSON and sends it back, and nothing else.

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Result;

/// Serves on a free port until killed; says where in one line on stdout.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", json!({"url": format!("http://{}", listener.local_addr()?)}));
    let router = Router::new().route("/", post(echo));
    Ok(axum::serve(listener, router).await?)
}

async fn echo(Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(body))
}
