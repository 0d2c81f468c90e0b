// Carries one request through libcurl, and resumes the task that waits for its response.
import Basics
import CTransport
import ProviderHTTP
import Wire

/// A transfer. Confined to the loop's thread once it was handed over; it has its easy handle from ``prepare(_:)`` to the
/// end.
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
    case notReady
    case connectionEnded
    case headTooLarge
    case bodyTooLarge
  }
  /// What becomes of a transfer that libcurl is done with.
  enum Next {
    case end
    /// It is handed to libcurl once more.
    case again
    /// The same, when a connection is ready.
    case whenReady
  }

  enum Purpose { case call, connection }

  let request: ProviderRequest
  let purpose: Purpose
  let origin: String
  /// By what it is known to its line.
  var ticket: Int?
  /// Until when it may be sent; nil where that has no end.
  private let actingDeadline: ActingDeadline?
  private(set) var easy: UnsafeMutableRawPointer?
  /// Memory that the easy handle points to.
  private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var headerList: UnsafeMutablePointer<curl_slist>?

  private var state = State.new
  /// When the whole call must be over, on the loop's clock.
  private(set) var deadline = Duration.zero
  private var sends: SendCount
  private weak var multi: CurlMulti?
  /// The connection that the latest write went to; nil on a unix socket.
  private(set) var connection: CurlConnection?
  private var refusal: Refusal?
  private var head = ResponseHead()
  private var body: [UInt8] = []

  init(_ request: ProviderRequest, until actingDeadline: ActingDeadline?, purpose: Purpose = .call) {
    self.request = request
    self.purpose = purpose
    self.actingDeadline = actingDeadline
    origin = request.origin
    sends = SendCount(maximum: request.repeatability == .once ? 1 : HTTPClient.maximumSends)
    errorText.initialize(repeating: 0)
  }

  /// A transfer that makes a new connection and leaves it to others; it sends no request.
  convenience init(connectionTo origin: String, _ configuration: HTTPClientConfiguration) {
    let request = ProviderRequest(
      method: "GET", url: origin, repeatability: .repeatable, timeout: configuration.connectTimeout)
    self.init(request, until: nil, purpose: .connection)
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

  var isOver: Bool {
    if case .done = state { true } else { false }
  }

  func fail(_ code: ProviderHTTPFailure.Code, _ detail: String) {
    resume(.failure(ProviderHTTPFailure(code, neverSent: sends.count == 0, detail: detail)))
  }

  /// libcurl's result; without a response none is success, which libcurl 7.88.1 takes for one where another transfer of
  /// the connection was sent again.
  func result(_ code: CURLcode) -> CURLcode {
    code == CURLE_OK && purpose == .call && !head.isComplete ? CURLE_GOT_NOTHING : code
  }

  /// Ends the transfer with libcurl's result.
  func finish(_ code: CURLcode) {
    if let refusal { return fail(refusal) }
    guard code == CURLE_OK else {
      return fail(ProviderHTTPFailure.Code(code, wasSent: sends.count > 0), detail(of: code))
    }
    var status = 0
    shim_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    resume(.success(ProviderResponse(status: status, headers: head.fields, body: body)), isSuccess: purpose == .call)
  }

  private func fail(_ refusal: Refusal) {
    switch refusal {
    case .secondSend: fail(.connectionLost, "the connection ended before a response; sent \(sends.count) times")
    case .tooLate: fail(.cancelled, "the right to send it ended before it was sent")
    case .notReady, .connectionEnded: fail(.unreachable, "no connection lasted until the request could be written")
    case .headTooLarge: fail(.unacceptableResponse, "the header exceeds \(ResponseHead.maximumBytes) bytes")
    case .bodyTooLarge: fail(.unacceptableResponse, "the body exceeds \(request.maximumResponseBytes) bytes")
    }
  }

  private func resume(_ outcome: Outcome, isSuccess: Bool = false) {
    // Here and not in deinit, which may run on another thread and after the shared sessions are gone.
    if let easy {
      if let multi { multi.takeBack(easy, afterSuccess: isSuccess) } else { curl_easy_cleanup(easy) }
    }
    easy = nil
    if case .waiting(let continuation) = state { continuation.resume(returning: outcome) }
    state = .done
  }

  private func detail(of code: CURLcode) -> String {
    let own = errorText.withMemoryRebound(to: UInt8.self) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
  }

  // MARK: Sending

  /// Called before every write of the request, libcurl's own resending included: this is what keeps a request that must
  /// be sent once from being sent twice, whatever the reason.
  func maySend(on ends: CurlConnection.Ends) -> Bool {
    guard let multi, judge(ends, multi) else { return false }
    guard purpose == .call else { return leaveConnection() }
    guard sends.mayBegin else { return refuse(.secondSend) }
    // The last look of all: a process may be paused between any two instructions.
    if let actingDeadline, actingDeadline.hasPassed { return refuse(.tooLate) }
    sends.begin(turn: multi.turn, at: EventLoop.uptime)
    connection?.used()
    listen()
    return true
  }

  /// Lets libcurl stop here, with success. A connection of a transfer that was like that from its start would be
  /// nobody else's.
  private func leaveConnection() -> Bool {
    if let easy { CurlOptions(easy).setConnectionOnly(true) }
    return true
  }

  /// libcurl would take the connection of such a transfer along.
  func willLeaveLibrary() {
    if purpose == .connection, let easy { CurlOptions(easy).setConnectionOnly(false) }
  }

  private func judge(_ ends: CurlConnection.Ends, _ multi: CurlMulti) -> Bool {
    // A unix socket has no ends, and a connection that is being made has none yet.
    guard ends.localPort > 0 else { return multi.configuration.unixSocket != nil || refuse(.notReady) }
    connection = multi.connections.connection(ends)
    switch connection?.judge(for: self) {
    case .fit: return true
    case .fitAsMade:
      multi.stir(origin)
      return true
    case .notReady: return refuse(.notReady)
    case .ended, nil: return refuse(.connectionEnded)
    }
  }

  private func refuse(_ reason: Refusal) -> Bool {
    refusal = reason
    return false
  }

  /// libcurl says in words only what became of a stream. It is asked for them from here on: before, they are about
  /// connections, and many.
  private func listen() {
    if let easy { CurlOptions(easy).setTalkative(true) }
  }

  /// A socket was made for this transfer.
  func socketMade(_ descriptor: curl_socket_t) {
    multi?.connections.made(descriptor, for: self)
    CurlSocketOptions.apply(to: descriptor)
  }

  /// Reads what libcurl says of the transfer and of its connection. Its words may hold header fields, so none are kept.
  func note(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
    switch kind {
    case CURLINFO_HEADER_OUT, CURLINFO_DATA_OUT:
      guard !bytes.isEmpty else { return }
      sends.tookBytes()
      guard !sends.hasStream else { return }
      multi?.learn(origin, isShared: false)
      // Of HTTP/1.1 it has nothing more to say, and each word costs.
      if let easy { CurlOptions(easy).setTalkative(false) }
    case CURLINFO_TEXT:
      switch CurlRemark(bytes) {
      case .stream(let stream):
        sends.took(stream)
        multi?.learn(origin, isShared: true)
      case .goAway(let lastStream): connection?.goAway(after: lastStream)
      case .refused: sends.takeBack()
      case nil: break
      }
    default: break
    }
  }

  /// Begins the time that it may take.
  func accept(by multi: CurlMulti) {
    self.multi = multi
    deadline = EventLoop.uptime + min(request.timeout, HTTPClient.maximumTimeout)
  }

  /// Takes over a handle that has everything that holds for all transfers, and sets what is special to this one.
  /// - Returns: false when libcurl refused it.
  func prepare(_ easy: UnsafeMutableRawPointer, proxy: String?) -> Bool {
    self.easy = easy
    let options = CurlOptions(easy)
    options.setOwner(self, errorText: errorText)
    options.setRequest(request, proxy: proxy, headers: &headerList)
    if purpose == .connection { options.setConnection(isNew: true, waitsForShared: false) }
    return options.areAccepted
  }

  /// What is to be done when libcurl is done with the transfer: the end, or another attempt where the server provably did
  /// not process it, or where it may be repeated.
  func next(after code: CURLcode, turn: Int) -> Next {
    guard purpose == .call, !isOver, code != CURLE_OK, head.isEmpty else { return .end }
    switch refusal {
    case .notReady: return readyAgain(.whenReady, newConnection: false)
    case .connectionEnded:
      sends.missConnection()
      return again(newConnection: true)
    case .secondSend, .tooLate, .headTooLarge, .bodyTooLarge: return .end
    case nil: break
    }
    if sends.isBeyond(connection?.lastStream)
      || code == CURLE_SEND_ERROR && sends.isEmptyHanded(in: turn, bytes: request.body.count)
    {
      sends.takeBack()
      return again(newConnection: !sends.mayBeRefusedAgain)
    }
    if sends.count == 0 {
      guard Self.brokenConnections.contains(code) else { return .end }
      sends.missConnection()
      return again(newConnection: false)
    }
    guard sends.mayBegin, Self.lostConnections.contains(code) else { return .end }
    return readyAgain(.again, newConnection: sends.count + 1 == sends.maximum)
  }

  /// With what an attempt ends whose connection did not come about, or ended in its handshakes.
  private static let brokenConnections = [
    CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
  ]
  /// With what an attempt ends whose connection ended before the first byte of the response.
  private static let lostConnections = [
    CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_PARTIAL_FILE,
  ]

  private func again(newConnection: Bool) -> Next {
    sends.mayBeRefusedAgain ? readyAgain(.again, newConnection: newConnection) : .end
  }

  private func readyAgain(_ next: Next, newConnection: Bool) -> Next {
    guard let easy else { return .end }
    refusal = nil
    connection = nil
    errorText.update(repeating: 0)
    let options = CurlOptions(easy)
    options.setConnection(isNew: newConnection, waitsForShared: request.isSecure)
    return options.areAccepted ? next : .end
  }

  /// Lets nobody use this connection after those that use it now: on one that has gone silent HTTP/2 would hang for as
  /// long as TCP tries again.
  /// - Returns: the connection, when nothing at all was heard on it since this request was written.
  func abandonConnection() -> CurlConnection? {
    guard let easy else { return nil }
    CurlOptions(easy).setLastUse()
    guard let connection, let start = sends.latestStart, connection.lastHeard < start else { return nil }
    connection.callSilent()
    return connection
  }

  // MARK: Receiving

  func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
    connection?.heard()
    let isTaken = head.take(line.bindMemory(to: UInt8.self).span)
    if !isTaken { refusal = .headTooLarge }
    return isTaken
  }

  func takeBody(_ part: UnsafeRawBufferPointer) -> Bool {
    connection?.heard()
    guard body.count + part.count <= request.maximumResponseBytes else {
      refusal = .bodyTooLarge
      return false
    }
    body.append(contentsOf: part)
    return true
  }
}
