// Decides which requests can be sent at all.
import Basics
import ProviderHTTP

extension ProviderRequest {
  /// Largest URL and header of a request in bytes, counted together.
  static let maximumHeadBytes = 64 * 1024

  /// Fields that frame the message or steer the connection: the client sets them itself (RFC 9110 section 7.6.1,
  /// RFC 9112 section 6), and a second one could make two recipients read two different messages.
  private static let reservedFields = [
    "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer",
  ]

  private static let schemes = ["http://", "https://"]

  /// Scheme, host and port as the URL has them (RFC 6454 section 4): calls with the same origin share connections.
  var origin: String {
    let ends = "/?#".utf8
    let rest = url.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst("://".utf8.count)
    let end = rest.firstIndex(where: ends.contains) ?? url.endIndex
    return url[..<end].lowercased()
  }

  /// Whether it goes over TLS.
  var isSecure: Bool { hasScheme("https://") }

  /// Whether a header field has this name.
  func hasField(_ name: String) -> Bool { headers.contains { $0.name.isSame(ignoringCase: name) } }

  /// - Parameter scheme: in lower case, with what follows it.
  private func hasScheme(_ scheme: String) -> Bool {
    url.utf8.starts(with: scheme.utf8) { $0.lowercasedASCII == $1 }
  }

  /// Refuses what is not a well-formed request, so that no value can add a header field or a second request.
  func checkForm(maximumBodyBytes: Int) throws(ProviderHTTPFailure) {
    func refuse(_ detail: String) -> ProviderHTTPFailure {
      ProviderHTTPFailure(.invalidRequest, neverSent: true, detail: detail)
    }
    guard method.utf8.isHTTPToken else { throw refuse("the method is not a token") }
    guard Self.schemes.contains(where: hasScheme) else {
      throw refuse("the URL is not an absolute http or https URL")
    }
    guard url.utf8.allSatisfy(\.isVisibleASCII) else { throw refuse("the URL holds an unescaped character") }
    var headBytes = url.utf8.count
    for (name, value) in headers {
      guard name.utf8.isHTTPToken else { throw refuse("a header name is not a token") }
      guard !Self.reservedFields.contains(where: { name.isSame(ignoringCase: $0) }) else {
        throw refuse("\(name) is set by the client")
      }
      // RFC 9110 section 5.5: visible characters, space, tab and bytes above 0x7f.
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw refuse("the value of \(name) holds a control character")
      }
      headBytes += name.utf8.count + value.utf8.count
    }
    guard headBytes <= Self.maximumHeadBytes else {
      throw refuse("URL and header exceed \(Self.maximumHeadBytes) bytes")
    }
    guard body.count <= maximumBodyBytes else { throw refuse("the body exceeds \(maximumBodyBytes) bytes") }
  }
}
