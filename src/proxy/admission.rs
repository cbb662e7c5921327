//! How much may go on at once. What is too much is turned away at once, before its body is read.

use super::caller::Caller;
use crate::config::Limits;
use crate::refusal::{Reason, Refusal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts exchanges in progress, in all and by caller.
#[derive(Debug)]
pub struct Admission {
    all: Arc<Semaphore>,
    per_caller: usize,
    callers: Arc<Mutex<HashMap<String, Usage>>>,
}

#[derive(Debug)]
struct Usage {
    in_progress: usize,
    /// Requests that may still come at once; refilled with time.
    tokens: f64,
    refilled: Instant,
}

/// The right to be in progress. Held until the last byte of the reply has gone.
#[derive(Debug)]
pub struct Permit {
    _all: OwnedSemaphorePermit,
    caller: String,
    callers: Arc<Mutex<HashMap<String, Usage>>>,
}

impl Admission {
    pub fn new(limits: &Limits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.concurrency)),
            per_caller: limits.concurrency_per_caller,
            callers: Arc::default(),
        }
    }

    pub fn try_enter(&self, caller: &Caller, now: Instant) -> Result<Permit, Refusal> {
        let all = self.all.clone().try_acquire_owned().map_err(|_| Reason::Overloaded)?;
        let mut callers = lock(&self.callers);
        if callers.len() > CALLERS_REMEMBERED {
            callers.retain(|_, usage| usage.in_progress > 0 || now.duration_since(usage.refilled).as_secs() < 60);
        }
        let per_minute = f64::from(caller.requests_per_minute.unwrap_or(u32::MAX));
        let usage =
            callers.entry(caller.id.clone()).or_insert(Usage { in_progress: 0, tokens: per_minute, refilled: now });
        let minutes = now.saturating_duration_since(usage.refilled).as_secs_f64() / 60.0;
        usage.tokens = (usage.tokens + minutes * per_minute).min(per_minute);
        usage.refilled = now;
        let most = caller.concurrency.map_or(self.per_caller, |own| own.min(self.per_caller));
        if usage.in_progress >= most || usage.tokens < 1.0 {
            return Err(Reason::RateLimited.into());
        }
        usage.in_progress += 1;
        usage.tokens -= 1.0;
        Ok(Permit { _all: all, caller: caller.id.clone(), callers: self.callers.clone() })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(usage) = lock(&self.callers).get_mut(&self.caller) {
            usage.in_progress = usage.in_progress.saturating_sub(1);
        }
    }
}

/// The counts stay right whatever panics elsewhere: nothing here can panic between two changes.
fn lock(callers: &Mutex<HashMap<String, Usage>>) -> MutexGuard<'_, HashMap<String, Usage>> {
    callers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Beyond so many, idle ones are forgotten; under `credentials = "caller"` anyone can make up callers.
const CALLERS_REMEMBERED: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Config};
    use crate::proxy::caller::Callers;
    use http::{HeaderMap, HeaderValue};
    use std::path::Path;
    use std::time::Duration;

    fn caller(key: &'static str) -> Caller {
        let callers = Callers::load(&config::Callers::Passthrough { tenant: "dev".into() }).unwrap();
        let headers = HeaderMap::from_iter([("x-api-key".parse().unwrap(), HeaderValue::from_static(key))]);
        Caller::clone(&callers.identify(&headers, None).unwrap())
    }

    fn admission(text: &str) -> Admission {
        Admission::new(&Config::parse(Path::new("cordon.toml"), text).unwrap().limits)
    }

    #[test]
    fn a_place_is_free_again_when_its_permit_is_dropped() {
        let admission = admission("[limits]\nconcurrency = 2\nconcurrency_per_caller = 1\n");
        let now = Instant::now();
        let first = admission.try_enter(&caller("a"), now).unwrap();
        assert_eq!(admission.try_enter(&caller("a"), now).unwrap_err().reason, Reason::RateLimited);
        let second = admission.try_enter(&caller("b"), now).unwrap();
        assert_eq!(admission.try_enter(&caller("c"), now).unwrap_err().reason, Reason::Overloaded);
        drop((first, second));
        assert!(admission.try_enter(&caller("a"), now).is_ok());
    }

    #[test]
    fn requests_per_minute() {
        let admission = admission("");
        let caller = Caller { requests_per_minute: Some(2), ..caller("a") };
        let now = Instant::now();
        assert!(admission.try_enter(&caller, now).is_ok());
        assert!(admission.try_enter(&caller, now).is_ok());
        assert_eq!(admission.try_enter(&caller, now).unwrap_err().reason, Reason::RateLimited);
        assert!(admission.try_enter(&caller, now + Duration::from_secs(31)).is_ok());
    }
}
