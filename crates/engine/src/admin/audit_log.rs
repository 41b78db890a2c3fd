//! Reading the audit log. Changes nothing.

use domain::ids::AuditId;
use domain::scope::Scope;
use store::audit::{self, AuditFilter, AuditRow};
use store::page::Beyond;

use super::AdminRefusal;
use crate::Engine;

impl Engine {
    /// Up to `limit` changes in an environment beyond `page`: newest first, but oldest first for [`Beyond::Newer`].
    ///
    /// # Errors
    /// An [`AdminRefusal`] of the database.
    pub async fn audit_log(
        &self,
        scope: Scope,
        filter: AuditFilter,
        page: Beyond<AuditId>,
        limit: i64,
    ) -> Result<Vec<AuditRow>, AdminRefusal> {
        self.house
            .store
            .read(move |tx| Ok(audit::list(tx, &scope, &filter, page.clone(), limit)?))
            .await
    }
}
