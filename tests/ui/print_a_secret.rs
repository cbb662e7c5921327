// E0277
//! A loaded secret has no rendering; reading it takes a method that can be searched for.

use cordon::secret::Source;

pub fn shown(source: &Source) -> String {
    format!("{}", source.load().expect("a secret"))
}
