// E0423
//! Only the de-identifier calls a text clean.

use cordon::deid::Clean;

pub fn declared() -> Clean {
    Clean("Maria Kovacs".to_owned())
}
