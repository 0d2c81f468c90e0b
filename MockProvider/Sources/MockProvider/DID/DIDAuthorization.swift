// Who may call D-ID's API.
import Transport

/// D-ID's three schemes: `Basic` and `Bearer` with a key as it is, `Client-Key` with a key and an id of the page's own.
struct DIDAuthorization {
  let key: DemandedKey?

  /// - Throws: D-ID's 401, or the gateway's for a header that is of no scheme.
  func check(_ headers: HTTPHeaders) throws(Refusal) {
    guard let header = headers["Authorization"], !header.isEmpty else {
      throw Refusal(DIDErrors.unauthorized, "no Authorization header")
    }
    let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true).map(String.init)
    guard parts.count == 2, let scheme = parts.first?.lowercased(), ["basic", "bearer", "client-key"].contains(scheme)
    else { throw Refusal(DIDErrors.gatewayUnauthorized, "the Authorization header is of no scheme that D-ID has") }
    // D-ID's client SDK appends `~` and a connection id (de-id/agents-sdk, src/auth/get-auth-header.ts).
    let token = String(parts[1].prefix { $0 != "~" }).trimmingSpaces
    guard !token.isEmpty else { throw Refusal(DIDErrors.unauthorized, "the key is empty") }
    guard let key else { return }
    guard scheme == "client-key" ? key.admitsClientKey(token) : key.admits(token) else {
      throw Refusal(DIDErrors.unauthorized, "another key is demanded")
    }
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
