// libcurl's multi handle as a guest of the event loop: its sockets, its timer and its transfers.
import CTransport
import ProviderHTTP
import Timekeeping

/// Runs transfers with the socket interface of libcurl. Confined to the loop's thread.
///
/// libcurl must not be called from its own callbacks, so those only note what it wants; libuv then calls it.
final class CurlMulti: LoopGuest, @unchecked Sendable {
  let configuration: HTTPClientConfiguration
  private let trust: CurlTrust
  private let loop: EventLoop
  /// Nil before the start and after the shutdown.
  private var handles: Handles?
  private var sockets: [curl_socket_t: CurlSocket] = [:]
  private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  /// Transfers that wait for a connection that another one makes; libcurl does not have them.
  private var parked: [CurlTransfer] = []
  /// Whether what is parked may find a connection now.
  private var mayUnpark = false
  let connections = CurlConnections()
  /// Counts the calls of libcurl in which it may write and read.
  private(set) var turn = 0
  private static let never = Duration.seconds(Int64.max / 4)
  /// When the deadline timer fires.
  private var armedDeadline = never

  private struct Handles {
    let multi: UnsafeMutableRawPointer
    /// Keeps TLS sessions beyond a transfer, so that a new connection need not exchange certificates again.
    let share: UnsafeMutableRawPointer
    /// libcurl's timer.
    let timer: UnsafeMutablePointer<uv_timer_t>
    /// Fires at the earliest deadline of a transfer.
    let deadlineTimer: UnsafeMutablePointer<uv_timer_t>
  }

  private static let isLibraryReady: Bool = curl_global_init(shim_curl_global_default) == CURLE_OK

  init(_ configuration: HTTPClientConfiguration, trust: CurlTrust, loop: EventLoop) {
    self.configuration = configuration
    self.trust = trust
    self.loop = loop
  }

  /// Joins the loop.
  /// - Returns: false when the loop is stopping.
  func start() -> Bool {
    guard Self.isLibraryReady, let multi = curl_multi_init(), let share = curl_share_init() else { return false }
    guard loop.join(self) else {
      curl_multi_cleanup(multi)
      curl_share_cleanup(share)
      return false
    }
    connections.willClose = { [unowned self] in forget($0) }
    let unretained = CallbackBridge.pointer(to: self)
    shim_curl_share(share, CURL_LOCK_DATA_SSL_SESSION)
    shim_curl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, unretained)
    shim_curl_multi_set_socket_callback(multi, CallbackBridge.curlSocket)
    shim_curl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, unretained)
    shim_curl_multi_set_timer_callback(multi, CallbackBridge.curlTimer)
    shim_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumConnections)
    shim_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections)
    shim_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost)
    handles = Handles(multi: multi, share: share, timer: makeTimer(), deadlineTimer: makeTimer())
    return true
  }

  private func makeTimer() -> UnsafeMutablePointer<uv_timer_t> {
    let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    uv_timer_init(loop.uvLoop, timer)
    timer.pointee.data = CallbackBridge.pointer(to: self)
    return timer
  }

  // MARK: Transfers

  /// Starts a transfer; its continuation is resumed exactly once, here or later.
  func add(_ transfer: CurlTransfer, _ continuation: CheckedContinuation<CurlTransfer.Outcome, Never>) {
    guard transfer.wait(continuation) else { return }
    guard let handles else { return transfer.fail(.cancelled, "the client has been shut down") }
    guard transfers.count < configuration.maximumRequests else {
      return transfer.fail(.overloaded, "\(configuration.maximumRequests) requests are under way")
    }
    guard let easy = transfer.prepare(self, trust: trust, share: handles.share) else {
      return transfer.fail(.invalidRequest, "libcurl refused the request")
    }
    transfers[easy] = transfer
    if curl_multi_add_handle(handles.multi, easy) != CURLM_OK {
      transfers[easy] = nil
      return transfer.fail(.invalidRequest, "libcurl refused the request")
    }
    if transfer.deadline < armedDeadline { armDeadlineTimer(transfer.deadline) }
  }

  /// Ends a transfer at once, or one that was never added.
  func cancel(_ transfer: CurlTransfer) { end(transfer, .cancelled, "the task was cancelled") }

  private func end(_ transfer: CurlTransfer, _ code: ProviderHTTPFailure.Code, _ detail: String) {
    if let handles, let easy = transfer.easy, transfers.removeValue(forKey: easy) != nil {
      curl_multi_remove_handle(handles.multi, easy)
    }
    transfer.fail(code, detail)
    mayUnpark = true
  }

  /// Resumes whoever waits for a transfer that is complete.
  private func collect() {
    guard let handles else { return }
    var remaining: Int32 = 0
    while let message = curl_multi_info_read(handles.multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message is gone with the next call.
      let code = message.pointee.data.result
      curl_multi_remove_handle(handles.multi, easy)
      guard let transfer = transfers[easy] else { continue }
      let result = transfer.result(code)
      switch transfer.next(after: result, turn: turn) {
      case .whenReady:
        parked.append(transfer)
        continue
      case .again: if curl_multi_add_handle(handles.multi, easy) == CURLM_OK { continue }
      case .end: break
      }
      transfers[easy] = nil
      transfer.finish(result)
      mayUnpark = true
    }
    unpark()
  }

  /// A connection that was being made is ready.
  func connectionReady() { mayUnpark = true }

  /// Hands libcurl what waited for a connection.
  private func unpark() {
    guard mayUnpark else { return }
    mayUnpark = false
    let waiting = parked
    parked = []
    for transfer in waiting {
      guard let handles, let easy = transfer.easy, transfers[easy] === transfer else { continue }
      if curl_multi_add_handle(handles.multi, easy) != CURLM_OK {
        transfers[easy] = nil
        transfer.fail(.unreachable, "libcurl refused the request")
      }
    }
  }

  // MARK: Deadlines

  /// Ends what is past its deadline. libcurl's own timeout does not hold for a transfer that waits for a free
  /// connection (libcurl 7.88.1), so time is kept here for all.
  func deadlineTimerFired() {
    let now = EventLoop.uptime
    for transfer in Array(transfers.values) where transfer.deadline <= now {
      if let silent = transfer.abandonConnection() {
        for other in transfers.values where other.connection === silent { _ = other.abandonConnection() }
      }
      end(transfer, .timeout, "no complete response within \(transfer.request.timeout)")
    }
    armDeadlineTimer(transfers.values.lazy.map(\.deadline).min() ?? Self.never)
  }

  private func armDeadlineTimer(_ deadline: Duration) {
    armedDeadline = deadline
    guard let timer = handles?.deadlineTimer, deadline < Self.never else { return }
    arm(timer, CallbackBridge.curlDeadline, max(0, (deadline - EventLoop.uptime).milliseconds + 1))
  }

  // MARK: What libcurl wants

  func watch(_ descriptor: curl_socket_t, interest: Int32) {
    if interest == CURL_POLL_REMOVE {
      // A connection is closed through a callback, which says so; the resolver's descriptors are closed behind our back.
      if connections.isOpen(descriptor) { sockets[descriptor]?.rest() } else { forget(descriptor) }
    } else {
      let socket = sockets[descriptor] ?? CurlSocket(descriptor, on: loop.uvLoop, for: self)
      sockets[descriptor] = socket
      socket?.watch(interest: interest)
    }
  }

  /// Stops to watch a descriptor that is about to be closed.
  private func forget(_ descriptor: curl_socket_t) { sockets.removeValue(forKey: descriptor)?.close() }

  func setTimer(_ milliseconds: Int) {
    guard let timer = handles?.timer else { return }
    guard milliseconds >= 0 else {
      uv_timer_stop(timer)
      return
    }
    arm(timer, CallbackBridge.curlTimerFired, Int64(milliseconds))
  }

  private func arm(_ timer: UnsafeMutablePointer<uv_timer_t>, _ callback: uv_timer_cb, _ milliseconds: Int64) {
    // libuv's time is as old as the loop's turn.
    uv_update_time(loop.uvLoop)
    uv_timer_start(timer, callback, UInt64(milliseconds), 0)
  }

  // MARK: What libuv says

  func timerFired() { act(on: CURL_SOCKET_TIMEOUT, 0) }

  func socketReady(_ handle: UnsafeMutablePointer<uv_poll_t>, status: Int32, events: Int32) {
    var descriptor: Int32 = -1
    guard uv_fileno(handle.asHandle, &descriptor) == 0 else {
      return
    }
    let socket = sockets[descriptor]
    if status != 0 { socket?.stoppedByError() }
    guard socket?.isWanted() ?? true else { return }
    guard status == 0 else {
      // With the error alone libcurl would not look at the socket and would miss why the connection ended.
      act(on: descriptor, CURL_CSELECT_ERR | CURL_CSELECT_IN | CURL_CSELECT_OUT)
      sockets[descriptor]?.rearmIfStopped()
      return
    }
    var mask: Int32 = 0
    if events & Int32(UV_READABLE.rawValue) != 0 { mask |= CURL_CSELECT_IN }
    if events & Int32(UV_WRITABLE.rawValue) != 0 { mask |= CURL_CSELECT_OUT }
    act(on: descriptor, mask)
  }

  private func act(on descriptor: curl_socket_t, _ mask: Int32) {
    guard let handles else { return }
    var running: Int32 = 0
    turn += 1
    curl_multi_socket_action(handles.multi, descriptor, mask, &running)
    collect()
  }

  // MARK: LoopGuest

  func beginShutdown() {
    guard let handles else { return }
    for (easy, transfer) in transfers {
      curl_multi_remove_handle(handles.multi, easy)
      transfer.fail(.cancelled, "the client has been shut down")
    }
    transfers = [:]
    curl_multi_cleanup(handles.multi)
    curl_share_cleanup(handles.share)
    for socket in sockets.values { socket.close() }
    sockets = [:]
    self.handles = nil
    for timer in [handles.timer, handles.deadlineTimer] {
      uv_close(timer.asHandle, CallbackBridge.freeTimerHandle)
    }
  }

  func finishShutdown() {}
}
