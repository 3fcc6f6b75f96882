//! What is remembered of findings between runs.

use super::record;
use super::{SMALL, Store, StoreError};
use crate::model::{FindingId, FindingRecord};
use crate::sys::files::Sync;

impl Store {
    /// All remembered findings, by id. One that cannot be read is left out.
    #[must_use]
    pub fn known_findings(&self) -> Vec<FindingRecord> {
        let dir = self.root.join("findings");
        let is_finding = |name: &&String| {
            name.strip_suffix(".json")
                .and_then(FindingId::parse)
                .is_some()
        };
        let names = Self::names(&dir);
        let read = |name: &String| self.read(&dir.join(name), SMALL).ok();
        let mut known: Vec<FindingRecord> =
            names.iter().filter(is_finding).filter_map(read).collect();
        known.sort_by(|a, b| a.id.cmp(&b.id));
        known
    }

    /// Remembers a finding; a person's decision is on the disk when this returns.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn save_known(&self, finding: &FindingRecord) -> Result<(), StoreError> {
        let path = self
            .ensure("findings")?
            .join(format!("{}.json", finding.id));
        let sync = if finding.decision.is_some() {
            Sync::Durable
        } else {
            Sync::Lazy
        };
        self.write(&path, &record::encode(finding), sync)
    }
}
