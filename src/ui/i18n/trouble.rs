//! What is wrong with a project, or with keeping it.
use super::Lang;

/// A sentence for a code of the script that keeps projects.
pub fn trouble(lang: Lang, code: &str) -> &'static str {
    let t = lang.texts();
    match code {
        "passphrase" => t.trouble_passphrase,
        "damaged" => t.trouble_damaged,
        "newer" => t.trouble_newer,
        "insecure" => t.trouble_insecure,
        "quota" => t.trouble_quota,
        "storage" => t.trouble_storage,
        "blocked" => t.trouble_blocked,
        "file" => t.trouble_file,
        "busy" => t.trouble_busy,
        "taken" => t.trouble_taken,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_a_sentence_of_its_own() {
        let codes = [
            "passphrase",
            "damaged",
            "newer",
            "insecure",
            "quota",
            "storage",
            "blocked",
            "file",
            "busy",
            "taken",
        ];
        for lang in Lang::ALL {
            let mut said: Vec<_> = codes.iter().map(|c| trouble(lang, c)).collect();
            assert!(said.iter().all(|s| !s.is_empty()));
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), codes.len());
        }
        assert_eq!(trouble(Lang::En, "other"), "");
    }
}
