//! The model process: orders come in on standard input, reports go out on standard output, and it ends with its input.
//!
//! It opens no socket and no file but those of the model, and writes no text of a question anywhere but to its output.

use crate::local::frame::{self, Load, Order};
use std::io;

/// Runs until standard input ends. What this returns is for the process's exit status only.
pub fn run() -> io::Result<()> {
    let mut orders = io::stdin().lock();
    let Some(Order::Load(load)) = frame::read(&mut orders)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the first order is not to load"));
    };
    serve(load, orders)
}

#[cfg(feature = "engine")]
fn serve(load: Load, orders: io::StdinLock<'static>) -> io::Result<()> {
    // The other thread reads on; standard input itself can be sent there, its lock cannot.
    drop(orders);
    crate::local::engine::serve(load, io::stdin(), io::stdout())
}

#[cfg(not(feature = "engine"))]
fn serve(_: Load, _: io::StdinLock<'static>) -> io::Result<()> {
    let why = "this `cordon` was built without the feature `engine`".to_owned();
    frame::write(&mut io::stdout(), &frame::Report::Unusable { why })
}
