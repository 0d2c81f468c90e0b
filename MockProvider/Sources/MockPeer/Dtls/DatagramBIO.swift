// Where OpenSSL reads and writes datagrams.
import CMockPeer

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
