// Lets pages of allowed origins make a vendor's calls, and finds the token that a call shows in place of a key.
import Basics
import Signaling
import Wire

/// Cross-origin rules (Fetch standard section 3.2) for the vendors' calls: a page may read what it is answered, whatever
/// it says.
enum PageAccess {
  /// The answer to a preflight of a page that may call, which comes without credentials.
  static func preflight(_ request: HTTPRequest) -> HTTPResponse {
    var response = readable(HTTPResponse(status: 204), by: request)
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
    response.headers["Access-Control-Allow-Headers"] = headers(asked: request.headers["Access-Control-Request-Headers"])
    response.headers["Access-Control-Max-Age"] = "600"
    // Chromium asks so when a public page calls a loopback address.
    if request.headers["Access-Control-Request-Private-Network"] == "true" {
      response.headers["Access-Control-Allow-Private-Network"] = "true"
    }
    return response
  }

  /// Named one by one: a wildcard does not cover `authorization` (Fetch standard section 3.2.3). SDKs send further ones;
  /// whatever is asked for is allowed, if it is a list of names.
  private static func headers(asked: String?) -> String {
    guard let asked, (1...4096).contains(asked.utf8.count),
      asked.split(separator: ",").allSatisfy({ $0.trimmingBlanks().utf8.isHTTPToken })
    else { return "authorization, content-type, x-api-key" }
    return asked
  }

  /// Fields that are about who may read, and tell a page nothing.
  private static let ownFields: Set<String> = [
    "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers",
    "access-control-max-age", "access-control-allow-private-network", "vary",
  ]
  private static let alwaysExposed: Set<String> = ["content-type", "date", "retry-after"]

  /// An answer that the page of a request may read.
  static func readable(_ response: HTTPResponse, by request: HTTPRequest) -> HTTPResponse {
    var response = response
    response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"] ?? "*"
    response.headers["Vary"] = "Origin"
    // By name, since what is exposed by a wildcard older browsers hide.
    let names = Set(response.headers.fields.map { $0.name.lowercased() }).subtracting(ownFields)
    response.headers["Access-Control-Expose-Headers"] = names.union(alwaysExposed).sorted().joined(separator: ", ")
    response.headers["Cache-Control"] = "no-store"
    // What a vendor calls a page would otherwise be one of the relay's own origin.
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response
  }
}

/// What D-ID's client SDK makes of a client key: behind a dot stand an id of the user's, `_` and one of the connection.
struct ClientKey {
  /// With what the head of each token of the relay's begins, `{"` in base64url (RFC 7515 section 3.1).
  private static let beginningOfTokens = "eyJ"

  /// What was given as the key; nil where nothing tells where it ends.
  let key: String?
  /// What stands behind it; nil where there is nothing.
  let id: String?

  init(_ text: Substring) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    // A token has three parts of its own, and the user's id may have dots as well.
    let isToken = text.hasPrefix(Self.beginningOfTokens) && parts.count >= 3
    let count = isToken ? 3 : max(1, parts.count - 1)
    let rest = parts.dropFirst(count).joined(separator: ".")
    id = rest.isEmpty ? nil : rest
    key = isToken || rest.contains("_") ? parts.prefix(count).joined(separator: ".") : nil
  }
}

extension JoinToken {
  /// The token that stands where the vendors' APIs have a key: in `X-Api-Key`, behind `Bearer`, or as the password of
  /// `Basic`, encoded or as it is, since pages of D-ID's send a key as they were given it. The client SDK of D-ID adds `~`
  /// and an id of its connection, or `.` and two behind a client key.
  init?(inPlaceOfKey headers: HTTPHeaders) {
    guard let text = headers["X-Api-Key"] ?? Self.authorization(headers["Authorization"]) else { return nil }
    self.init(value: String(text.prefix { $0 != "~" }))
  }

  private static func authorization(_ field: String?) -> String? {
    let words = field?.split(separator: " ") ?? []
    guard words.count == 2 else { return nil }
    switch words[0].lowercased() {
    case "bearer": return String(words[1])
    case "basic":
      let given = words[1].prefix { $0 != "~" }
      return password(in: given) ?? String(given)
    case "client-key": return ClientKey(words[1]).key
    default: return nil
    }
  }

  /// What stands behind the colon of `user:password`, plain or in base64 (RFC 7617 section 2); nil where there is none.
  private static func password(in credentials: Substring) -> String? {
    let plain = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if plain.count == 2 { return String(plain[1]) }
    let digits = credentials.utf8.prefix { $0 != UInt8(ascii: "=") }.map { byte in
      switch byte {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      default: byte
      }
    }
    let decoded = Base64URL.decode(digits).map { String(decoding: $0, as: UTF8.self) }
    return decoded?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first.map(String.init)
  }
}
