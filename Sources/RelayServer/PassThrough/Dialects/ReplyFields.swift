// Decides which header fields of a vendor's reply reach the page that made the call.
import AvatarProvider
import Wire

/// All but those that are about a connection, or that would steer a browser or a proxy in the relay's name.
enum ReplyFields {
  /// Of the vendor's own connection (RFC 9110 section 7.6.1), and what the relay says itself of the body and its age.
  private static let ofTheConnection: Set<String> = [
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "alt-svc", "via", "age",
    "cache-control", "expires", "pragma", "vary", "date", "server",
  ]
  /// What a browser would take for the relay's word about the relay's own origin: cookies, questions for a password, policies,
  /// other places. A path of the vendor's is none here.
  private static let steering: Set<String> = [
    "set-cookie", "set-cookie2", "www-authenticate", "authentication-info", "clear-site-data", "strict-transport-security",
    "x-frame-options", "x-content-type-options", "x-xss-protection", "referrer-policy", "permissions-policy",
    "feature-policy", "document-policy", "origin-agent-cluster", "expect-ct", "public-key-pins", "nel", "report-to",
    "reporting-endpoints", "timing-allow-origin", "service-worker-allowed", "sourcemap", "x-sourcemap", "accept-ch",
    "critical-ch", "speculation-rules", "location", "content-location", "refresh", "link", "x-sendfile",
  ]
  /// Beginnings of whole families: CORS, policies, and what proxies in front of the relay act upon (`X-Accel-Redirect`).
  private static let steeringFamilies = [
    "access-control-", "content-security-policy", "cross-origin-", "proxy-", "sec-", "x-accel-",
  ]

  /// The fields that are the page's business, in the vendor's order.
  static func passed(_ reply: VerbatimReply) -> HTTPHeaders {
    let ownHop = HTTPHeaders(reply.fields).members(of: "connection").map { $0.lowercased() }
    return HTTPHeaders(
      reply.fields.filter { name, _ in
        !ofTheConnection.contains(name) && !steering.contains(name) && !ownHop.contains(name)
          && !steeringFamilies.contains(where: name.hasPrefix)
      })
  }
}

extension HTTPResponse {
  /// A vendor's reply, for a page that reads the vendor's own.
  init(_ reply: VerbatimReply) {
    self.init(status: reply.status, headers: ReplyFields.passed(reply), body: reply.body)
  }
}
