// Sets up libcurl's handles and whom they trust, and says what its result codes mean.
import Basics
import CTransport
import ProviderHTTP

/// Sets the options of an easy handle and remembers whether all were accepted.
final class CurlOptions {
  private let easy: UnsafeMutableRawPointer
  private(set) var areAccepted = true

  init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

  /// What holds for every transfer: protocols, trust, proxy, the pool and the callbacks.
  func setPolicy(
    _ configuration: HTTPClientConfiguration, owner: CurlMulti, trust: CurlTrust, share: UnsafeMutableRawPointer
  ) {
    // No signals in a process of many threads; no wait for a running name lookup when a transfer ends.
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_NOPROXY, "")
    if let path = configuration.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, path) }
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    let connectTimeout = min(configuration.connectTimeout, HTTPClient.maximumTimeout)
    set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(connectTimeout.milliseconds)))
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    // The trust store comes from the callback; libcurl need not read the bundle for each handshake.
    accept(shim_curl_set_text(easy, CURLOPT_CAINFO, nil))
    accept(shim_curl_set_text(easy, CURLOPT_CAPATH, nil))
    accept(shim_curl_set_trust_callback(easy, CallbackBridge.curlTrust))
    set(CURLOPT_SSL_CTX_DATA, CallbackBridge.pointer(to: trust))
    set(CURLOPT_SHARE, share)
    set(CURLOPT_MAXAGE_CONN, Int(HTTPClient.longestIdle.components.seconds))
    // libcurl 7.88.1 sends a request again by itself when a connection that it reused ended without an answer, whatever
    // its method; it does not when it believes to receive RTSP, and looks at that for HTTP too. What is left are streams
    // that the server refused, of which it says so.
    set(CURLOPT_RTSP_REQUEST, CURL_RTSPREQ_RECEIVE)
    accept(shim_curl_set_debug_callback(easy, CallbackBridge.curlDebug))
    accept(shim_curl_set_socket_callback(easy, CallbackBridge.curlSocketMade))
    accept(shim_curl_set_send_callback(easy, CallbackBridge.curlWillSend))
    accept(shim_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, CallbackBridge.curlHeader))
    accept(shim_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, CallbackBridge.curlBody))
    // A connection outlives the transfer that it was made for.
    accept(shim_curl_set_close_callback(easy, CallbackBridge.curlCloseSocket))
    set(CURLOPT_CLOSESOCKETDATA, CallbackBridge.pointer(to: owner))
  }

  /// Whom the callbacks are for.
  func setOwner(_ transfer: CurlTransfer, errorText: UnsafeMutableBufferPointer<CChar>) {
    setOwner(CallbackBridge.pointer(to: transfer), errorText: errorText.baseAddress)
  }

  private func setOwner(_ owner: UnsafeMutableRawPointer?, errorText: UnsafeMutablePointer<CChar>?) {
    for option in [
      CURLOPT_DEBUGDATA, CURLOPT_SOCKOPTDATA, CURLOPT_PREREQDATA, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA,
    ] { set(option, owner) }
    set(CURLOPT_ERRORBUFFER, errorText.map(UnsafeMutableRawPointer.init))
  }

  /// Takes back what was set for a transfer that is over, so that the handle serves the next one and points to nothing
  /// of this one.
  func forgetTransfer() {
    setOwner(nil, errorText: nil)
    accept(shim_curl_set_list(easy, CURLOPT_HTTPHEADER, nil))
    setTalkative(false)
    setConnectionOnly(false)
    set(CURLOPT_FORBID_REUSE, 0)
    // No body, and none that is left out.
    set(CURLOPT_HTTPGET, 1)
  }

  /// - Parameter proxy: is not asked for what is on this machine: another one cannot reach it, and would get a key in the
  ///   clear where it goes there without TLS.
  func setRequest(_ request: ProviderRequest, proxy: String?, headers: inout UnsafeMutablePointer<curl_slist>?) {
    set(CURLOPT_URL, request.url)
    // An empty text is "none"; without one the environment would be asked.
    set(CURLOPT_PROXY, proxy.map { HostName.isLoopback(origin: request.origin) ? "" : $0 } ?? "")
    setConnection(isNew: false, waitsForShared: request.isSecure)
    setBody(of: request)
    // libcurl would wait a second for a "100 Continue", and would call every body a form.
    append("Expect:", to: &headers)
    if !request.hasField("content-type") { append("Content-Type:", to: &headers) }
    for (name, value) in request.headers {
      // "Name:" would remove the field; an empty one is written with a semicolon.
      append(value.utf8.allSatisfy(\.isBlank) ? "\(name);" : "\(name): \(value)", to: &headers)
    }
    accept(shim_curl_set_list(easy, CURLOPT_HTTPHEADER, headers))
  }

  private func append(_ line: String, to list: inout UnsafeMutablePointer<curl_slist>?) {
    guard let extended = curl_slist_append(list, line) else { return accept(CURLE_OUT_OF_MEMORY) }
    list = extended
  }

  /// RFC 9110 section 8.6: methods that give content a meaning are sent with `Content-Length: 0` when there is none.
  private func setBody(of request: ProviderRequest) {
    let expectsContent = ["POST", "PUT", "PATCH"].contains(request.method)
    if request.method == "HEAD" && request.body.isEmpty { return set(CURLOPT_NOBODY, 1) }
    if !request.body.isEmpty || expectsContent {
      set(CURLOPT_POST, 1)
      // The size comes first: libcurl copies that many bytes.
      accept(shim_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
      request.body.withUnsafeBytes { bytes in
        bytes.withMemoryRebound(to: CChar.self) { text in
          accept(shim_curl_set_text(easy, CURLOPT_COPYPOSTFIELDS, text.baseAddress))
        }
      }
      if request.body.isEmpty { set(CURLOPT_COPYPOSTFIELDS, "") }
    }
    set(CURLOPT_CUSTOMREQUEST, request.method)
  }

  /// Which connections the transfer may use.
  /// - Parameters:
  ///   - isNew: none that was there before.
  ///   - waitsForShared: it waits for one that is being made, since HTTP/2 can share it. Without TLS there is no HTTP/2,
  ///     and libcurl would wait until the whole response is there.
  func setConnection(isNew: Bool, waitsForShared: Bool) {
    set(CURLOPT_FRESH_CONNECT, isNew ? 1 : 0)
    set(CURLOPT_PIPEWAIT, waitsForShared && !isNew ? 1 : 0)
  }

  /// Whether libcurl stops when the connection is ready for the request.
  func setConnectionOnly(_ isSo: Bool) { set(CURLOPT_CONNECT_ONLY, isSo ? 1 : 0) }

  /// Whether libcurl says what it does.
  func setTalkative(_ isSo: Bool) { set(CURLOPT_VERBOSE, isSo ? 1 : 0) }

  /// Closes the connection with the transfer that ends last on it.
  func setLastUse() { set(CURLOPT_FORBID_REUSE, 1) }

  private func set(_ option: CURLoption, _ value: Int) { accept(shim_curl_set_long(easy, option, value)) }
  private func set(_ option: CURLoption, _ value: String) { accept(shim_curl_set_text(easy, option, value)) }
  private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
    accept(shim_curl_set_pointer(easy, option, value))
  }
  private func accept(_ code: CURLcode) { if code != CURLE_OK { areAccepted = false } }
}

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

extension ProviderHTTPFailure.Code {
  /// The cause that a result code of libcurl stands for (curl.se/libcurl/c/libcurl-errors.html).
  /// - Parameter wasSent: whether the request had begun to be written.
  init(_ code: CURLcode, wasSent: Bool) {
    self =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolvedHost
      // Only the time for connecting is left to libcurl.
      case CURLE_OPERATION_TIMEDOUT: wasSent ? .timeout : .unreachable
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS:
        .tls
      case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .invalidRequest
      // libcurl uses it for a scheme that it was told not to speak, and for an answer that is HTTP/0.9.
      case CURLE_UNSUPPORTED_PROTOCOL: wasSent ? .unacceptableResponse : .invalidRequest
      case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .unacceptableResponse
      default: wasSent ? .connectionLost : .unreachable
      }
  }
}
