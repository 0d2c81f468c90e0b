// Makes the certificate that a host shows in its handshakes.
import Basics
import CMockPeer
import Transport

/// A self-signed P-256 certificate, made anew for each host, and the OpenSSL context of all its handshakes.
/// Immutable once made; OpenSSL counts references to both by itself.
final class DtlsCertificate: @unchecked Sendable {
  let context: OpaquePointer
  /// The value of `a=fingerprint`.
  let fingerprint: String

  /// GCM is preferred where libsrtp has it: it costs less than HMAC-SHA1 on processors with AES instructions.
  private static let profiles =
    SrtpSession.hasGCM ? "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80" : "SRTP_AES128_CM_SHA1_80"
  /// Those that WebRTC clients offer with an ECDSA certificate (RFC 8827 section 6.5 demands the first).
  private static let ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA"

  init() throws(TransportError) {
    guard let key = shim_generate_p256() else { throw TransportError(.certificate, "no key was made") }
    defer { EVP_PKEY_free(key) }
    guard let certificate = Self.selfSigned(key) else { throw TransportError(.certificate, "no certificate was made") }
    defer { X509_free(certificate) }
    guard let context = SSL_CTX_new(DTLS_method()), let digest = Self.digest(of: certificate, .sha256) else {
      throw TransportError(.certificate, "no context was made")
    }
    self.context = context
    fingerprint = "sha-256 " + digest.map { Hexadecimal.text([$0], uppercase: true) }.joined(separator: ":")
    shim_set_no_session_cache(context)
    SSL_CTX_set_options(context, shim_ssl_options)
    // The certificate is compared with the answer's fingerprint; no authority vouches for it.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { _, _ in 1 }
    // SSL_CTX_set_tlsext_use_srtp returns zero for success.
    guard shim_set_dtls_versions(context) == 1, SSL_CTX_use_certificate(context, certificate) == 1,
      SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_set_cipher_list(context, Self.ciphers) == 1,
      SSL_CTX_set_tlsext_use_srtp(context, Self.profiles) == 0
    else { throw TransportError(.certificate, "OpenSSL refused the settings of DTLS") }
  }

  deinit { SSL_CTX_free(context) }

  private static func selfSigned(_ key: OpaquePointer) -> OpaquePointer? {
    guard let certificate = X509_new() else { return nil }
    let name = X509_get_subject_name(certificate)
    let commonName = Array("WebRTC".utf8)
    // MBSTRING_ASC.
    let isNamed = X509_NAME_add_entry_by_txt(name, "CN", 0x1001, commonName, Int32(commonName.count), -1, 0)
    // A day back for clocks that are behind, a month ahead.
    let isReady =
      X509_set_version(certificate, 2) == 1 && isNamed == 1
      && ASN1_INTEGER_set(X509_get_serialNumber(certificate), Int.random(in: 1...Int(Int32.max))) == 1
      && X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400) != nil
      && X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 86_400) != nil
      && X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1
      && X509_sign(certificate, key, EVP_sha256()) > 0
    if isReady { return certificate }
    X509_free(certificate)
    return nil
  }

  static func digest(of certificate: OpaquePointer, _ function: AnswerFingerprint.Function) -> [UInt8]? {
    let algorithm =
      switch function {
      case .sha256: EVP_sha256()
      case .sha384: EVP_sha384()
      case .sha512: EVP_sha512()
      }
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard X509_digest(certificate, algorithm, &bytes, &count) == 1 else { return nil }
    return Array(bytes[..<Int(count)])
  }
}
