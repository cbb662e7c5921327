//! Why a request did not leave: one word for the client, the metric and the audit record.

use crate::entity::EntityType;
use std::fmt;

/// A request that Cordon does not carry out. Holds no text of the request, only places and kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub reason: Reason,
    /// Where in the request, such as `messages[2].content`; built from the API's own field names only, with
    /// unknown keys shown as `*`.
    pub place: Option<String>,
    /// What is wrong beyond the reason's own message; never text of the request.
    pub detail: Option<String>,
}

impl Refusal {
    pub fn new(reason: Reason) -> Self {
        Self { reason, place: None, detail: None }
    }

    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(self.reason.message())?;
        if let Reason::ForbiddenEntity(entity) = self.reason {
            write!(f, " ({entity})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(hint) = self.reason.hint() {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

macro_rules! reasons {
    ($(
        $(#[$doc:meta])*
        $variant:ident $(($inner:ty))? $code:literal $status:literal $message:literal $($hint:literal)?;
    )*) => {
        /// The closed list of reasons; `docs/refusals.md` explains each to a developer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason { $($(#[$doc])* $variant $(($inner))?,)* }

        impl Reason {
            /// Every code with its HTTP status and message.
            pub const TABLE: &'static [(&'static str, u16, &'static str)] = &[$(($code, $status, $message),)*];

            /// The word for the client, the metric and the audit record.
            pub fn code(self) -> &'static str {
                match self { $(reasons!(@pattern $variant $(($inner))?) => $code,)* }
            }

            /// The HTTP status of the answer. 409, 408 and 429 make SDKs retry, so permanent refusals avoid them.
            pub fn status(self) -> u16 {
                match self { $(reasons!(@pattern $variant $(($inner))?) => $status,)* }
            }

            pub fn message(self) -> &'static str {
                match self { $(reasons!(@pattern $variant $(($inner))?) => $message,)* }
            }

            /// What to do about it.
            pub fn hint(self) -> Option<&'static str> {
                match self { $(reasons!(@pattern $variant $(($inner))?) => reasons!(@hint $($hint)?),)* }
            }
        }
    };
    (@pattern $variant:ident) => { Self::$variant };
    (@pattern $variant:ident ($inner:ty)) => { Self::$variant(_) };
    (@hint) => { None };
    (@hint $hint:literal) => { Some($hint) };
}

reasons! {
    // Who asks, and for what.
    Unauthenticated "unauthenticated" 401 "no valid key" "send a key made by `cordon keys add`";
    NotPermitted "not_permitted" 403 "this key may not use this route or model";
    UnknownEndpoint "unknown_endpoint" 404 "no such endpoint" "see docs/clients.md for the base URL of each client";
    UnknownModel "unknown_model" 404 "no such model for this key" "the `models` endpoint lists them";
    UnknownObject "unknown_object" 404 "no such object for this key";
    MethodNotAllowed "method_not_allowed" 405 "this endpoint does not take this method";
    UnknownQuery "unknown_query" 400 "a query parameter is not known for this endpoint";
    UnsupportedFeature "unsupported_feature" 400 "this feature is not supported";
    // How it is written.
    MalformedRequest "malformed_request" 400 "the request cannot be read";
    UnsupportedMediaType "unsupported_media_type" 415 "this content type is not accepted";
    UnsupportedEncoding "unsupported_encoding" 415 "this content encoding is not accepted";
    InvalidJson "invalid_json" 400 "the body is not strict JSON";
    DuplicateKey "duplicate_key" 400 "an object has the same key twice";
    InvalidValue "invalid_value" 400 "a value is outside what this field may hold";
    BodyTooLarge "body_too_large" 413 "the request is larger than the limit";
    TooComplex "too_complex" 413 "the request has more parts or depth than the limit";
    // What is in it.
    ForbiddenEntity(EntityType) "forbidden_entity" 422 "an identifier stands where it can be neither sent nor replaced";
    ForbiddenByPolicy "forbidden_by_policy" 403 "the policy does not let this request leave" "use a `local/` model";
    OpaqueContent "opaque_content" 422 "content that cannot be read cannot be cleared" "use a `local/` model";
    RemoteFetch "remote_fetch" 422 "the provider would fetch a URL that is not on the allow list";
    TokenIds "token_ids" 422 "token ids cannot be cleared" "send text";
    Residual "residual" 422 "an identifier was still in the outgoing request";
    // What happened here.
    DetectorFailed "detector_failed" 503 "the detector did not answer" "try again";
    Deadline "deadline" 503 "the request took too long to clear" "try again";
    Overloaded "overloaded" 503 "the gateway is busy" "try again";
    RateLimited "rate_limited" 429 "this key is over its limit" "try again later";
    AuditUnavailable "audit_unavailable" 503 "the audit log cannot be written";
    VaultUnavailable "vault_unavailable" 503 "the vault cannot be used";
    LocalUnavailable "local_unavailable" 503 "the local model is not running" "try again";
    ContextOverflow "context_length_exceeded" 400 "the request is longer than the local model's context";
    ShuttingDown "shutting_down" 503 "the gateway is shutting down" "try again";
    Internal "internal" 500 "the gateway failed";
    // What happened at the provider.
    UpstreamUnreachable "upstream_unreachable" 502 "the provider cannot be reached";
    UpstreamTimeout "upstream_timeout" 504 "the provider did not answer in time";
    UpstreamInvalid "upstream_invalid" 502 "the provider's answer cannot be read";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_permanent_ones_do_not_ask_for_a_retry() {
        let mut codes: Vec<_> = Reason::TABLE.iter().map(|row| row.0).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::TABLE.len());
        assert!(Reason::TABLE.iter().all(|row| row.1 != 408 && row.1 != 409));
    }

    #[test]
    fn a_refusal_says_where_what_and_what_to_do() {
        let refusal = Refusal::new(Reason::ForbiddenEntity(EntityType::Mrn)).at("tools[0].function.name");
        assert_eq!(
            refusal.to_string(),
            "tools[0].function.name: an identifier stands where it can be neither sent nor replaced (MRN)"
        );
    }
}
