// What libcurl's result codes mean for a provider call.
import CTransport
import ProviderHTTP

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
