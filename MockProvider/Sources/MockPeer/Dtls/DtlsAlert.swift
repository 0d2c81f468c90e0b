// The alert of a handshake that is refused on purpose.

/// An unencrypted DTLS record (RFC 6347 section 4.1) with a fatal `handshake_failure`.
enum DtlsAlert {
  static let handshakeFailure: [UInt8] = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]
}
