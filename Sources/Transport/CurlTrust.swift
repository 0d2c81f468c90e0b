// Which certificate authorities the upstream client trusts.
import CTransport

/// OpenSSL's store of trusted certificates, built once and shared by all connections, so that no handshake has to read
/// the system's bundle again.
final class CurlTrust: @unchecked Sendable {
  private let store: OpaquePointer

  /// The system's authorities (where OpenSSL keeps them; `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured) and those of
  /// an extra PEM file.
  init(extraCAFile: String?) throws(TransportError) {
    guard let store = X509_STORE_new() else { throw TransportError(.certificate, "no memory") }
    self.store = store
    X509_STORE_set_default_paths(store)
    // As libcurl does by default: an intermediate authority may be the anchor.
    X509_STORE_set_flags(store, UInt(shim_openssl_partial_chain))
    if let extraCAFile {
      let isLoaded = X509_STORE_load_file(store, extraCAFile) == 1
      ERR_clear_error()
      guard isLoaded else { throw TransportError(.certificate, "no certificate authority in \(extraCAFile)") }
    }
  }

  deinit { X509_STORE_free(store) }

  /// Makes a connection's context trust this store.
  func apply(to context: OpaquePointer) { SSL_CTX_set1_cert_store(context, store) }
}
