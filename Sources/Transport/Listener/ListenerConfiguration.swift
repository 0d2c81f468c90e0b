// Says where a listener listens and which bounds hold, and tries its certificate before libwebsockets sees it.
import CTransport
import Glibc

/// Addresses, TLS and every bound of a ``Listener``.
public struct ListenerConfiguration: Sendable {
  /// An address to listen on.
  public enum Address: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address, or `localhost` for both loopbacks on one port. Port 0 lets the system choose.
    case tcp(host: String, port: Int)
    /// A path; a stale socket file is replaced, a live one is `.addressInUse`.
    case unix(path: String)
  }

  /// The PEM files of a certificate chain and of its private key.
  public struct TLS: Sendable, Hashable {
    /// Path of the chain, the server's own certificate first.
    public var certificateFile: String
    /// Path of the key, without a passphrase.
    public var keyFile: String
    /// Names the files; they are read when a listener starts.
    public init(certificateFile: String, keyFile: String) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  /// Where to listen.
  public var address: Address
  /// Certificate and key; nil for plain HTTP and WebSocket.
  public var tls: TLS?
  /// The permissions of a unix socket's file, set before anybody can connect; nil for what the umask leaves.
  public var unixSocketMode: UInt32?
  /// Paths of WebSocket handshakes; any other path gets 404. Empty where there is no WebSocket.
  public var webSocketPaths: Set<String>
  /// Whether the HTTP handler answers whatever is no handshake at ``webSocketPaths``: other requests there, and handshakes
  /// elsewhere.
  public var servesHTTPBesideWebSocket = false
  /// Largest WebSocket message in bytes; a longer one closes with 1009.
  public var maximumMessageBytes = 256 * 1024
  /// Most bytes that may wait for a slow reader, with ``WriteQueue/blockOverhead`` for each message; more closes with
  /// ``slowReaderCode``.
  public var maximumQueuedBytes = 1024 * 1024
  /// The close code for a reader that is too slow.
  public var slowReaderCode: UInt16 = 4002
  /// How long a connection may take to complete a request head or a handshake, and then to complete the body.
  public var handshakeTimeout = Duration.seconds(10)
  /// How slowly a long body may come: each so many bytes of it buy a further second.
  public var slowestBodyBytesPerSecond = 64 * 1024
  /// How long a connection may be idle between two requests, and how long a reader of a response may take no byte.
  public var keepAliveTimeout = Duration.seconds(75)
  /// How long a peer may take to finish a close that we began.
  public var closeTimeout = Duration.seconds(5)
  /// Largest request head in bytes (431 above it).
  public var maximumHeaderBytes = 16 * 1024
  /// Largest HTTP request body in bytes (413 above it).
  public var maximumBodyBytes = 1024 * 1024
  /// Most bytes that are read and dropped of a peer that goes on sending although the connection is over: enough for what
  /// was under way. What comes after that stays in the socket, and costs the peer alone.
  public var maximumBytesAfterEnd = 256 * 1024
  /// Most connections at once.
  public var maximumConnections = 20_000
  /// Most connections at once from one ``PeerNetwork``; not counted on a unix socket.
  public var maximumConnectionsPerAddress = 20_000
  /// How often a WebSocket is pinged.
  public var pingInterval = Duration.seconds(25)
  /// A WebSocket from which nothing comes for this long after a ping is closed with ``pingTimeoutCode``.
  public var pongTimeout = Duration.seconds(10)
  /// The close code for a peer that does not answer pings.
  public var pingTimeoutCode: UInt16 = 4001

  /// A configuration with the usual bounds.
  public init(address: Address, tls: TLS? = nil, webSocketPaths: Set<String> = []) {
    self.address = address
    self.tls = tls
    self.webSocketPaths = webSocketPaths
  }
}

extension ListenerConfiguration.TLS {
  /// Reads both files without listening.
  /// - Throws: ``TransportError`` `.certificate` when one cannot be read or they do not belong together.
  public func check() throws(TransportError) { try CertificatePair.check(self) }
}

extension ListenerConfiguration.Address {
  /// Tries without listening for anybody whether this machine has the address, or a place for the socket's file. A program
  /// that listens there already is no obstacle: it may be the one that is asked about.
  /// - Throws: ``TransportError``.
  public func check() throws(TransportError) {
    switch self {
    case .tcp(let host, _): _ = try ListeningSocket.bound(to: .tcp(host: host, port: 0), fileMode: nil)
    case .unix(let path):
      guard SocketAddress(path: path) != nil else {
        throw TransportError(.invalidAddress, "a socket path has 1 to 107 bytes")
      }
      let end = path.lastIndex(of: "/")
      let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      guard access(folder, W_OK | X_OK) == 0 else { throw TransportError(system: errno) }
    }
  }
}

/// A dry run of loading PEM files, so that a bad pair neither replaces a good one nor asks for a passphrase.
enum CertificatePair {
  static func check(_ files: ListenerConfiguration.TLS) throws(TransportError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw TransportError(.certificate, "no TLS context") }
    defer { SSL_CTX_free(context) }
    SSL_CTX_set_default_passwd_cb(context, CallbackBridge.noPassphrase)
    for file in [files.certificateFile, files.keyFile] { try checkReadable(file) }
    guard SSL_CTX_use_certificate_chain_file(context, files.certificateFile) == 1 else {
      throw TransportError(.certificate, "\(files.certificateFile) holds no PEM certificate that can be used (\(reason()))")
    }
    let isTaken = SSL_CTX_use_PrivateKey_file(context, files.keyFile, SSL_FILETYPE_PEM) == 1
    guard isTaken, SSL_CTX_check_private_key(context) == 1 else {
      let reason = reason()
      throw TransportError(
        .certificate,
        mismatches.contains(reason)
          ? "the key in \(files.keyFile) does not belong to the certificate in \(files.certificateFile)"
          : "\(files.keyFile) holds no PEM key without a passphrase that can be used (\(reason))")
    }
  }

  /// The library's words for a key that is another certificate's: of another kind, or of the same.
  private static let mismatches: Set<String> = ["key type mismatch", "key values mismatch"]

  /// What the system says about a file is told better than the library would.
  private static func checkReadable(_ path: String) throws(TransportError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var byte: UInt8 = 0
    let isReadable = descriptor >= 0 && read(descriptor, &byte, 1) >= 0
    let cause = errno
    if descriptor >= 0 { close(descriptor) }
    guard isReadable else {
      throw TransportError(.certificate, "\(path) cannot be read: \(String(cString: strerror(cause)))")
    }
  }

  /// The oldest error in the library's words; they name functions and reasons, never contents.
  private static func reason() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard let text = ERR_reason_error_string(code) else { return "cannot be read" }
    return String(cString: text)
  }
}
