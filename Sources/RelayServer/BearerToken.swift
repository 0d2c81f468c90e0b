// The token in a request's header.
import Transport

/// `Authorization: Bearer <token>` (RFC 6750 section 2.1).
enum BearerToken {
  /// The token; nil where there is none.
  static func text(in request: HTTPRequest) -> String? {
    guard let field = request.headers["Authorization"] else { return nil }
    let words = field.split(separator: " ")
    return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
  }
}
