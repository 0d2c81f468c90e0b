// One request under way in libcurl, and the task that waits for its response.
import CTransport
import ProviderHTTP
import Timekeeping

/// A transfer. Confined to the loop's thread once it was handed over; its easy handle lives from
/// ``prepare(_:trust:share:)`` to the end.
final class CurlTransfer: @unchecked Sendable {
  typealias Outcome = Result<ProviderResponse, ProviderHTTPFailure>

  private enum State {
    case new
    case waiting(CheckedContinuation<Outcome, Never>)
    case done
  }
  /// What libcurl was told by a callback of ours to give up for.
  private enum Refusal {
    case secondSend
    case tooLate
    case headTooLarge
    case bodyTooLarge
  }

  let request: ProviderRequest
  /// Until when it may be sent; nil where that has no end.
  private let actingDeadline: ActingDeadline?
  private(set) var easy: UnsafeMutableRawPointer?
  /// Memory that the easy handle points to.
  private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var headerList: UnsafeMutablePointer<curl_slist>?

  private var state = State.new
  /// When the whole call must be over, on the loop's clock.
  private(set) var deadline = Duration.zero
  private var sendCount = 0
  private var refusal: Refusal?
  private var head = ResponseHead()
  private var body: [UInt8] = []

  init(_ request: ProviderRequest, until actingDeadline: ActingDeadline?) {
    self.request = request
    self.actingDeadline = actingDeadline
    errorText.initialize(repeating: 0)
  }

  deinit {
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  // MARK: The waiting task

  /// Takes the continuation; it resumes at once when the transfer was cancelled before.
  /// - Returns: true when it now waits.
  func wait(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
    if case .done = state {
      continuation.resume(
        returning: .failure(ProviderHTTPFailure(.cancelled, neverSent: true, detail: "the task was cancelled")))
      return false
    }
    state = .waiting(continuation)
    return true
  }

  func fail(_ code: ProviderHTTPFailure.Code, _ detail: String) {
    resume(.failure(ProviderHTTPFailure(code, neverSent: sendCount == 0, detail: detail)))
  }

  /// Ends the transfer with libcurl's result.
  func finish(_ code: CURLcode) {
    if let refusal { return fail(refusal) }
    guard code == CURLE_OK else {
      return fail(ProviderHTTPFailure.Code(code, wasSent: sendCount > 0), detail(of: code))
    }
    var status = 0
    shim_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    resume(.success(ProviderResponse(status: status, headers: head.fields, body: body)))
  }

  private func fail(_ refusal: Refusal) {
    switch refusal {
    case .secondSend: fail(.connectionLost, "the connection ended before a response; sent \(sendCount) times")
    case .tooLate: fail(.cancelled, "the right to send it ended before it was sent")
    case .headTooLarge: fail(.unacceptableResponse, "the header exceeds \(ResponseHead.maximumBytes) bytes")
    case .bodyTooLarge: fail(.unacceptableResponse, "the body exceeds \(request.maximumResponseBytes) bytes")
    }
  }

  private func resume(_ outcome: Outcome) {
    // Here and not in deinit, which may run on another thread and after the shared sessions are gone.
    if let easy { curl_easy_cleanup(easy) }
    easy = nil
    if case .waiting(let continuation) = state { continuation.resume(returning: outcome) }
    state = .done
  }

  private func detail(of code: CURLcode) -> String {
    let own = errorText.withMemoryRebound(to: UInt8.self) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
  }

  // MARK: Sending

  /// How often this request may be written to a connection.
  private var maximumSends: Int { request.repeatability == .once ? 1 : HTTPClient.maximumSends }

  /// Called before every write of the request, libcurl's own resending included: this is what keeps a request that must
  /// be sent once from being sent twice, whatever the reason.
  func maySend() -> Bool {
    guard sendCount < maximumSends else {
      refusal = .secondSend
      return false
    }
    if let actingDeadline, actingDeadline.hasPassed {
      refusal = .tooLate
      return false
    }
    sendCount += 1
    return true
  }

  /// Makes the handle for the transfer.
  func prepare(
    _ configuration: HTTPClientConfiguration, trust: CurlTrust, share: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer? {
    deadline = EventLoop.uptime + min(request.timeout, HTTPClient.maximumTimeout)
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    let options = CurlOptions(easy)
    options.setPolicy(configuration, trust: trust, share: share)
    options.setCallbacks(self, errorText: errorText)
    options.setRequest(request, headers: &headerList)
    return options.areAccepted ? easy : nil
  }

  /// Readies a repeatable request whose connection ended before the first byte of a response for a new connection.
  /// libcurl does so by itself where it reused a connection, but not for every way in which that can end.
  func prepareResend(after code: CURLcode) -> Bool {
    let endings = [CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING]
    guard let easy, endings.contains(code), refusal == nil, head.isEmpty else { return false }
    guard case .waiting = state, sendCount > 0, sendCount < maximumSends else { return false }
    let options = CurlOptions(easy)
    options.setNewConnection()
    return options.areAccepted
  }

  /// Lets nobody use this connection after this transfer: on one that has gone silent HTTP/2 would hang for as long as
  /// TCP tries again.
  func abandonConnection() {
    if let easy { CurlOptions(easy).setLastUse() }
  }

  // MARK: Receiving

  func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
    let isTaken = head.take(line)
    if !isTaken { refusal = .headTooLarge }
    return isTaken
  }

  func takeBody(_ part: UnsafeRawBufferPointer) -> Bool {
    guard body.count + part.count <= request.maximumResponseBytes else {
      refusal = .bodyTooLarge
      return false
    }
    body.append(contentsOf: part)
    return true
  }
}
