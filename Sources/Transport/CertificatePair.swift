// Checks a certificate and its key before libwebsockets sees them.
import CTransport

/// A dry run of loading PEM files, so that a bad pair neither replaces a good one nor asks for a passphrase.
enum CertificatePair {
  static func check(_ files: ListenerConfiguration.TLS) throws(TransportError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw TransportError(.certificate, "no TLS context") }
    defer { SSL_CTX_free(context) }
    SSL_CTX_set_default_passwd_cb(context, CallbackBridge.noPassphrase)
    guard SSL_CTX_use_certificate_chain_file(context, files.certificateFile) == 1 else {
      throw TransportError(.certificate, "certificate: \(reason())")
    }
    guard SSL_CTX_use_PrivateKey_file(context, files.keyFile, SSL_FILETYPE_PEM) == 1 else {
      throw TransportError(.certificate, "key: \(reason())")
    }
    guard SSL_CTX_check_private_key(context) == 1 else { throw TransportError(.certificate, reason()) }
  }

  /// The oldest error in the library's words; they name functions and reasons, never contents.
  private static func reason() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard let text = ERR_reason_error_string(code) else { return "cannot be read" }
    return String(cString: text)
  }
}
