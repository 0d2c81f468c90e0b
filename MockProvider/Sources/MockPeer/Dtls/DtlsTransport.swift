// Runs one DTLS association on OpenSSL, from datagram to datagram.
import CMockPeer

/// The handshake and the encrypted datagrams of one peer. Datagrams go in and come out; nothing is sent from here.
///
/// OpenSSL takes the time of its retransmissions (1 s, doubling; RFC 6347 section 4.2.4.1) from the system.
final class DtlsTransport {
  enum State: Hashable {
    case handshaking
    case connected
    /// The browser has said close_notify, or we have.
    case closed
    case failed(PeerFailure)
  }

  /// The longest datagram of a handshake, IP and UDP not counted.
  static let maximumDatagramBytes = 1200
  /// The longest record that is read.
  private static let maximumRecordBytes = 16_384 + 256

  private let ssl: OpaquePointer
  private let bio = DatagramBIO()
  private let fingerprints: [AnswerFingerprint]
  let isServer: Bool
  private(set) var state = State.handshaking
  private var scratch: [UInt8] = []

  /// - Returns: nil when OpenSSL has no memory.
  init?(_ certificate: DtlsCertificate, isServer: Bool, fingerprints: [AnswerFingerprint]) {
    guard let ssl = SSL_new(certificate.context) else { return nil }
    guard let pipe = bio.makeBIO() else {
      SSL_free(ssl)
      return nil
    }
    self.ssl = ssl
    self.isServer = isServer
    self.fingerprints = fingerprints
    SSL_set_bio(ssl, pipe, pipe)
    _ = shim_set_mtu(ssl, Self.maximumDatagramBytes)
    if isServer { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
  }

  deinit { SSL_free(ssl) }

  /// What has to be sent, in order.
  func takeOutgoing() -> [[UInt8]] { bio.takeOutgoing() }

  /// Starts the handshake of a client; a server waits.
  func start() { if !isServer { shakeHands() } }

  /// Takes a datagram.
  /// - Returns: the messages in it, which are only given when the handshake is done.
  func receive(_ datagram: [UInt8]) -> [[UInt8]] {
    switch state {
    case .closed, .failed: return []
    case .handshaking, .connected: break
    }
    bio.incoming = datagram
    defer { bio.incoming = nil }
    if state == .handshaking { shakeHands() }
    return state == .connected ? readMessages() : []
  }

  /// Repeats what was lost when it is time.
  func handleTimeout() {
    guard state == .handshaking else { return }
    ERR_clear_error()
    if shim_handle_timeout(ssl) < 0 { state = .failed(.handshake(Self.reason)) }
  }

  /// Encrypts a message.
  /// - Returns: false when it could not be.
  @discardableResult
  func send(_ message: [UInt8]) -> Bool {
    guard state == .connected else { return false }
    ERR_clear_error()
    return SSL_write(ssl, message, Int32(message.count)) == Int32(message.count)
  }

  /// Says close_notify.
  func close() {
    guard state == .connected else { return }
    state = .closed
    ERR_clear_error()
    SSL_shutdown(ssl)
  }

  /// RFC 5764 section 4.2: keys of both directions for the profile that was agreed on.
  func protectionKeys() -> SrtpKeys? {
    guard state == .connected, let profile = SSL_get_selected_srtp_profile(ssl),
      let kind = SrtpProfile(number: profile.pointee.id)
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: 2 * (kind.keyBytes + kind.saltBytes))
    let label = "EXTRACTOR-dtls_srtp"
    guard SSL_export_keying_material(ssl, &bytes, bytes.count, label, label.utf8.count, nil, 0, 0) == 1 else {
      return nil
    }
    return SrtpKeys(profile: kind, material: bytes, isServer: isServer)
  }

  private func shakeHands() {
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      state = hasAnswersCertificate ? .connected : .failed(.fingerprintMismatch)
      return
    }
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
    default: state = .failed(.handshake(Self.reason))
    }
  }

  private func readMessages() -> [[UInt8]] {
    var messages: [[UInt8]] = []
    if scratch.isEmpty { scratch = [UInt8](repeating: 0, count: Self.maximumRecordBytes) }
    while true {
      ERR_clear_error()
      let count = SSL_read(ssl, &scratch, Int32(scratch.count))
      if count > 0 {
        messages.append(Array(scratch[..<Int(count)]))
        continue
      }
      switch SSL_get_error(ssl, count) {
      case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
      case SSL_ERROR_ZERO_RETURN: state = .closed
      default: state = .failed(.handshake(Self.reason))
      }
      return messages
    }
  }

  /// RFC 8122 section 5.1: one of the fingerprints is that of the certificate.
  private var hasAnswersCertificate: Bool {
    guard let certificate = SSL_get1_peer_certificate(ssl) else { return false }
    defer { X509_free(certificate) }
    return fingerprints.contains { DtlsCertificate.digest(of: certificate, $0.function) == $0.bytes }
  }

  /// OpenSSL's words for what went wrong, which are a fixed text.
  private static var reason: String {
    ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "the connection ended"
  }
}

/// The two queues behind one handshake's BIO. Memory BIOs are streams and lose the borders of datagrams.
final class DatagramBIO {
  /// A flight of handshake messages has fewer; more are dropped, and repeated by DTLS.
  static let maximumOutgoing = 1024

  /// What OpenSSL reads next.
  var incoming: [UInt8]?
  /// What OpenSSL has written, one element a datagram.
  private(set) var outgoing: [[UInt8]] = []

  func takeOutgoing() -> [[UInt8]] {
    let taken = outgoing
    if !taken.isEmpty { outgoing = [] }
    return taken
  }

  /// A BIO that reads and writes here. It does not keep this object alive.
  func makeBIO() -> OpaquePointer? {
    guard let method = Self.method, let bio = BIO_new(method) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  private func append(_ datagram: [UInt8]) { if outgoing.count < Self.maximumOutgoing { outgoing.append(datagram) } }

  private static func object(_ bio: OpaquePointer?) -> DatagramBIO {
    Unmanaged<DatagramBIO>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
  }

  /// Written once, before any use.
  private nonisolated(unsafe) static let method: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | shim_bio_type_datagram, "datagrams") else { return nil }
    BIO_meth_set_write(method) { bio, bytes, count in
      guard let bytes, count > 0 else { return 0 }
      object(bio).append(Array(UnsafeRawBufferPointer(start: bytes, count: Int(count))))
      return count
    }
    BIO_meth_set_read(method) { bio, bytes, capacity in
      BIO_clear_flags(bio, shim_bio_retry_read)
      guard let bytes, let datagram = object(bio).incoming else {
        BIO_set_flags(bio, shim_bio_retry_read)
        return -1
      }
      object(bio).incoming = nil
      // The rest of a datagram that does not fit is lost, as with recvfrom().
      let count = min(datagram.count, Int(capacity))
      UnsafeMutableRawBufferPointer(start: bytes, count: count).copyBytes(from: datagram[..<count])
      return Int32(count)
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in
      switch command {
      case BIO_CTRL_FLUSH, BIO_CTRL_DUP: 1
      case BIO_CTRL_DGRAM_QUERY_MTU, BIO_CTRL_DGRAM_GET_FALLBACK_MTU: DtlsTransport.maximumDatagramBytes
      default: 0
      }
    }
    return method
  }()
}

/// An unencrypted DTLS record (RFC 6347 section 4.1) with a fatal `handshake_failure`.
enum DtlsAlert {
  static let handshakeFailure: [UInt8] = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]
}
