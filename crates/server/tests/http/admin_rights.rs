//! Every operation of the admin API, as the document lists them, asks for a key, a right, and a project and environment
//! that are there.

use engine::domain::rights::Right;
use engine::domain::scope::ApiFamily;
use serde_json::Value;

use crate::app::App;

/// Method and path of every operation, with ids that do not exist.
fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&server::openapi_document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix("/admin/v1") else {
            continue;
        };
        let path = path.replace("{id}", "x");
        assert!(!path.contains('{'), "{path}: say here what to put in");
        found.extend(
            item.as_object()
                .unwrap()
                .keys()
                .map(|method| (method.to_uppercase(), path.clone())),
        );
    }
    assert!(found.len() >= 15);
    found
}

#[tokio::test]
async fn every_operation_asks_who_may_do_it_and_where() {
    let app = App::start().await;
    let only = async |right| {
        let rights = Some([right].into_iter().collect());
        app.new_key(ApiFamily::Admin, rights).await.text
    };
    let (reader, writer) = (only(Right::Read).await, only(Right::Write).await);
    for (method, path) in operations() {
        let ask = async |key: &str, headers: &[(&str, &str)]| {
            app.admin_as(key, headers, (&method, &path), &Value::Null).await
        };
        let what = format!("{method} {path}");
        assert_eq!(ask("adm_x", &[]).await.refused(401), "unauthenticated", "{what}");
        assert_eq!(
            ask(&app.keys.payment.text, &[]).await.refused(403),
            "forbidden",
            "{what}"
        );
        let powerless = if method == "GET" { &writer } else { &reader };
        assert_eq!(ask(powerless, &[]).await.refused(403), "missing_right", "{what}");
        if ["/gateways", "/projects"].contains(&path.as_str()) {
            continue; // about the installation as a whole
        }
        let (key, elsewhere) = (&app.keys.admin.text, ("Cowry-Environment", "staging"));
        assert_eq!(ask(key, &[elsewhere]).await.fields(), ["Cowry-Environment"], "{what}");
        let closed = ask(key, &[("Cowry-Environment", "live")]).await;
        assert_eq!(closed.refused(409), "environment_not_open", "{what}");
        let stranger = [("Cowry-Project", "prj_01ktkhn7g004hmasw9nf6yy093")];
        assert_eq!(ask(key, &stranger).await.refused(404), "not_found", "{what}");
        assert_eq!(ask(&reader, &stranger).await.refused(403), "missing_right", "{what}");
    }
}
