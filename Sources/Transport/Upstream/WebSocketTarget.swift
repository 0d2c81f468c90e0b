// Takes the URL of a WebSocket apart, and looks its host up where that keeps nobody waiting.
import Basics
import CTransport
import Glibc
import Wire

/// Where a WebSocket is opened, with everything that is written into its handshake checked.
struct WebSocketTarget {
  /// The longest path with its query, in bytes: libwebsockets writes the whole handshake into one buffer.
  static let maximumPathBytes = 4096
  /// Most bytes of all further header fields.
  static let maximumHeaderBytes = 8192

  let isSecure: Bool
  /// A name or a numeric address, without brackets.
  let host: String
  let port: Int
  /// With its query.
  let path: String
  /// As `Host` names it: without the scheme's own port.
  let authority: String

  init(_ request: WebSocketRequest) throws(WebSocketOpenFailure) {
    func invalid(_ what: String) -> WebSocketOpenFailure { WebSocketOpenFailure(.invalidRequest, what) }
    guard request.url.utf8.allSatisfy(\.isVisibleASCII), let separator = request.url.firstRange(of: "://") else {
      throw invalid("no URL")
    }
    let scheme = request.url[..<separator.lowerBound].lowercased()
    guard scheme == "ws" || scheme == "wss" else { throw invalid("ws:// or wss:// expected") }
    isSecure = scheme == "wss"
    let rest = request.url[separator.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    guard let (host, port) = Self.split(authority) else { throw invalid("no host and port") }
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    self.authority = port == nil ? String(authority.prefix { $0 != ":" || authority.first == "[" }) : String(authority)
    let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
    path = target.hasPrefix("/") ? String(target) : "/" + target
    guard path.utf8.count <= Self.maximumPathBytes else { throw invalid("the path is too long") }
    for (name, value) in request.headers {
      guard name.utf8.isHTTPToken, value.utf8.allSatisfy(\.isPrintableASCII) else { throw invalid("a header field") }
    }
    guard request.headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }) <= Self.maximumHeaderBytes
    else {
      throw invalid("the header fields are too long")
    }
    guard request.subprotocols.allSatisfy(\.utf8.isHTTPToken) else { throw invalid("a sub-protocol") }
  }

  /// `host`, `host:port`, `[v6]` or `[v6]:port`; nothing with a user name, which serves to pass for another host.
  private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
    let end: Substring.Index
    if authority.first == "[" {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      end = authority.index(after: bracket)
    } else {
      end = authority.firstIndex(of: ":") ?? authority.endIndex
    }
    let host = String(HostName.withoutBrackets(String(authority[..<end])))
    let tail = authority[end...]
    guard !host.isEmpty, host.utf8.allSatisfy({ $0.isASCIILetter || $0.isDecimalDigit || "-._:".utf8.contains($0) })
    else {
      return nil
    }
    if tail.isEmpty { return (host, nil) }
    guard tail.first == ":", let port = UInt16(tail.dropFirst()), port > 0 else { return nil }
    return (host, Int(port))
  }

  /// The numeric addresses of a host, in the system's order; nil when there are none. Runs on a thread of the pool, since the system's
  /// resolver blocks, and libwebsockets would ask it on the loop's.
  @concurrent static func addresses(of host: String) async -> [String]? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var next = list
    while let entry = next, addresses.count < mostAddresses {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let length = socklen_t(text.count)
      if getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 {
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if !addresses.contains(address) { addresses.append(address) }
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  /// Most addresses of a name that are tried.
  private static let mostAddresses = 4
}
