// Runs libcurl's multi handle as a guest of the event loop, with its sockets, its timer and its transfers.
import Basics
import CTransport
import ProviderHTTP

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
  /// What libcurl has, or is to get again.
  private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
  /// Every transfer that is not over.
  private var live: [ObjectIdentifier: CurlTransfer] = [:]
  /// How many calls of each priority are not over.
  private var accepted: [ProviderRequest.Priority: Int] = [:]
  /// The calls by origin.
  private var lines: [String: CallLine<CurlTransfer>] = [:]
  /// How many transfers only make a connection, by origin.
  private var beingMade = Tally<String>()
  /// Whether an origin's connections carry several calls at once; what is not known is not there.
  private var sharing: [String: Bool] = [:]
  private static let rememberedOrigins = 1000
  /// Transfers that wait for a connection that another one makes; libcurl does not have them.
  private var parked: [String: [CurlTransfer]] = [:]
  /// Origins whose waiting calls may find room now.
  private var stirred: Set<String> = []
  let connections = CurlConnections()
  /// Counts the calls of libcurl in which it may write and read.
  private(set) var turn = 0
  /// Whether libcurl wants to be called as soon as it may be.
  private var isDue = false
  /// Easy handles of calls that succeeded, for the next ones.
  private var spares: [UnsafeMutableRawPointer] = []
  private static let maximumSpares = 64
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
    let unretained = CallbackBridge.pointer(to: self)
    shim_curl_share(share, CURL_LOCK_DATA_SSL_SESSION)
    shim_curl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, unretained)
    shim_curl_multi_set_socket_callback(multi, CallbackBridge.curlSocket)
    shim_curl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, unretained)
    shim_curl_multi_set_timer_callback(multi, CallbackBridge.curlTimer)
    shim_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumConnections)
    shim_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections)
    shim_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost)
    shim_curl_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, CallRoom.streams + CallRoom.reservedStreams)
    handles = Handles(multi: multi, share: share, timer: makeTimer(), deadlineTimer: makeTimer())
    return true
  }

  private func makeTimer() -> UnsafeMutablePointer<uv_timer_t> {
    let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    uv_timer_init(loop.uvLoop, timer)
    timer.pointee.data = CallbackBridge.pointer(to: self)
    return timer
  }

  // MARK: Calls and connections

  /// Starts a call; its continuation is resumed exactly once, here or later.
  func add(_ transfer: CurlTransfer, _ continuation: CheckedContinuation<CurlTransfer.Outcome, Never>) {
    guard transfer.wait(continuation) else { return }
    guard handles != nil else { return transfer.fail(.cancelled, "the client has been shut down") }
    let priority = transfer.request.priority
    guard accepted[priority, default: 0] < configuration.maximumRequests else {
      return transfer.fail(.overloaded, "\(configuration.maximumRequests) requests are under way")
    }
    accept(transfer)
    if transfer.purpose == .call {
      accepted[priority, default: 0] += 1
      transfer.ticket = lines[transfer.origin, default: CallLine()].enter(transfer, priority)
      advance(transfer.origin)
    } else {
      beingMade.add(1, to: transfer.origin)
      start(transfer)
    }
  }

  private func accept(_ transfer: CurlTransfer) {
    transfer.accept(by: self)
    live[ObjectIdentifier(transfer)] = transfer
    if transfer.deadline < armedDeadline { armDeadlineTimer(transfer.deadline) }
  }

  /// Ends a transfer at once, or one that was never added.
  func cancel(_ transfer: CurlTransfer) { end(transfer, .cancelled, "the task was cancelled") }

  private func end(_ transfer: CurlTransfer, _ code: ProviderHTTPFailure.Code, _ detail: String) {
    if let easy = transfer.easy, transfers.removeValue(forKey: easy) != nil { remove(easy, of: transfer) }
    forget(transfer)
    transfer.fail(code, detail)
    advanceStirred()
  }

  /// Takes a transfer that is over out of every list.
  private func forget(_ transfer: CurlTransfer) {
    let origin = transfer.origin
    guard live.removeValue(forKey: ObjectIdentifier(transfer)) != nil else { return }
    stirred.insert(origin)
    guard transfer.purpose == .call else {
      beingMade.add(-1, to: origin)
      return
    }
    accepted[transfer.request.priority, default: 1] -= 1
    guard let ticket = transfer.ticket else { return }
    lines[origin]?.leave(ticket, transfer.request.priority)
    if lines[origin]?.isEmpty == true { lines[origin] = nil }
  }

  private func remove(_ easy: UnsafeMutableRawPointer, of transfer: CurlTransfer) {
    transfer.willLeaveLibrary()
    if let handles { curl_multi_remove_handle(handles.multi, easy) }
  }

  /// Hands a transfer to libcurl.
  private func start(_ transfer: CurlTransfer) {
    guard let easy = spares.popLast() ?? makeHandle(), transfer.prepare(easy, proxy: configuration.proxy) else {
      return end(transfer, .invalidRequest, "libcurl refused the request")
    }
    transfers[easy] = transfer
    resume(transfer, easy)
  }

  /// A handle with everything that holds for all transfers.
  private func makeHandle() -> UnsafeMutableRawPointer? {
    guard let handles, let easy = curl_easy_init() else { return nil }
    let options = CurlOptions(easy)
    options.setPolicy(configuration, owner: self, trust: trust, share: handles.share)
    if options.areAccepted { return easy }
    curl_easy_cleanup(easy)
    return nil
  }

  /// Takes a handle back that nobody uses any more. One whose transfer failed may keep in mind how, so it is not used
  /// again.
  func takeBack(_ easy: UnsafeMutableRawPointer, afterSuccess: Bool) {
    guard afterSuccess, handles != nil, spares.count < Self.maximumSpares else { return curl_easy_cleanup(easy) }
    CurlOptions(easy).forgetTransfer()
    spares.append(easy)
  }

  private func resume(_ transfer: CurlTransfer, _ easy: UnsafeMutableRawPointer) {
    guard let handles, curl_multi_add_handle(handles.multi, easy) != CURLM_OK else { return }
    end(transfer, .invalidRequest, "libcurl refused the request")
  }

  /// Something changed by which calls of an origin may find room.
  func stir(_ origin: String) { stirred.insert(origin) }

  /// A server showed whether its connections are shared.
  func learn(_ origin: String, isShared: Bool) {
    guard sharing[origin] != isShared else { return }
    if sharing.count >= Self.rememberedOrigins { sharing = [:] }
    sharing[origin] = isShared
    stirred.insert(origin)
  }

  private func advanceStirred() {
    while let origin = stirred.popFirst() {
      for transfer in parked.removeValue(forKey: origin) ?? [] {
        if let easy = transfer.easy, transfers[easy] === transfer { resume(transfer, easy) }
      }
      advance(origin)
    }
  }

  /// Hands libcurl the calls that there is room for, and makes connections for those for which there is none.
  private func advance(_ origin: String) {
    guard lines[origin]?.waiting ?? 0 > 0 else { return }
    let isShared = sharing[origin] == true
    let ready = isShared ? connections.sharable(origin) : 0
    let room =
      isShared
      ? CallRoom(sharedConnections: ready)
      : CallRoom(
        connections: configuration.maximumConnectionsPerHost, reserved: configuration.reservedConnectionsPerHost)
    while let transfer = lines[origin]?.next(within: room) { start(transfer) }
    guard isShared, let line = lines[origin], line.waiting > 0 else { return }
    let wanted = CallRoom.sharedConnections(for: line.underWay + line.waiting)
    makeConnections(origin, count: wanted - ready - beingMade[origin])
  }

  private func makeConnections(_ origin: String, count: Int) {
    for _ in 0..<max(0, count) {
      let maker = CurlTransfer(connectionTo: origin, configuration)
      accept(maker)
      beingMade.add(1, to: origin)
      start(maker)
    }
  }

  /// How many connections are missing for as many as are to be ready to an origin: one that is shared, or some that are
  /// not. Those that were not used for a time do not count.
  func missingConnections(_ origin: String, unusedFor time: Duration) -> Int {
    let isSeparate = sharing[origin] == false || !origin.hasPrefix("https")
    let wanted = isSeparate ? configuration.readyConnectionsPerHost : 1
    return wanted - connections.usable(origin, since: EventLoop.uptime - time) - beingMade[origin]
  }

  /// Closes connections that nobody uses and nobody has used for a time. libcurl closes its side when it looks for a
  /// connection the next time.
  func closeConnections(unusedFor time: Duration) {
    let users = Set(transfers.values.compactMap { $0.connection.map(ObjectIdentifier.init) })
    connections.close(unusedSince: EventLoop.uptime - time) { users.contains(ObjectIdentifier($0)) }
  }

  /// Resumes whoever waits for a transfer that is complete.
  private func collect() {
    guard let handles else { return }
    var remaining: Int32 = 0
    while let message = curl_multi_info_read(handles.multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message is gone with the next call.
      let code = message.pointee.data.result
      guard let transfer = transfers[easy] else {
        curl_multi_remove_handle(handles.multi, easy)
        continue
      }
      remove(easy, of: transfer)
      let result = transfer.result(code)
      switch transfer.next(after: result, turn: turn) {
      case .whenReady: parked[transfer.origin, default: []].append(transfer)
      case .again: resume(transfer, easy)
      case .end:
        transfers[easy] = nil
        forget(transfer)
        transfer.finish(result)
      }
    }
    advanceStirred()
  }

  // MARK: Deadlines

  /// Ends what is past its deadline. libcurl's own timeout does not hold for a transfer that waits for a free
  /// connection (libcurl 7.88.1), so time is kept here for all.
  func deadlineTimerFired() {
    let now = EventLoop.uptime
    for transfer in Array(live.values) where transfer.deadline <= now {
      if let silent = transfer.abandonConnection() {
        for other in transfers.values where other.connection === silent { _ = other.abandonConnection() }
      }
      end(transfer, .timeout, "no complete response within \(transfer.request.timeout)")
    }
    armDeadlineTimer(live.values.lazy.map(\.deadline).min() ?? Self.never)
  }

  private func armDeadlineTimer(_ deadline: Duration) {
    armedDeadline = deadline
    guard let timer = handles?.deadlineTimer, deadline < Self.never else { return }
    arm(timer, CallbackBridge.curlDeadline, max(0, (deadline - EventLoop.uptime).milliseconds + 1))
  }

  // MARK: What libcurl wants

  func watch(_ descriptor: curl_socket_t, interest: Int32) {
    if interest == CURL_POLL_REMOVE {
      if connections[descriptor]?.wasMade == true { sockets[descriptor]?.rest() } else { unwatch(descriptor) }
    } else {
      let socket = sockets[descriptor] ?? CurlSocket(descriptor, on: loop.uvLoop, for: self)
      sockets[descriptor] = socket
      socket?.watch(interest: interest)
    }
  }

  private func unwatch(_ descriptor: curl_socket_t) { sockets.removeValue(forKey: descriptor)?.close() }

  /// libcurl is about to close a connection.
  func closed(_ descriptor: curl_socket_t) {
    connections.closed(descriptor)
    unwatch(descriptor)
  }

  func setTimer(_ milliseconds: Int) {
    guard let timer = handles?.timer else { return }
    // With what else the loop's turn brings: a call costs less when several are made at once.
    isDue = milliseconds == 0
    guard milliseconds > 0 else {
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

  func finishTurn() {
    // It may want to be called again at once, and once more; the loop looks at its sockets in between.
    guard isDue else { return }
    isDue = false
    act(on: CURL_SOCKET_TIMEOUT, 0)
    guard isDue, let timer = handles?.timer else { return }
    isDue = false
    arm(timer, CallbackBridge.curlTimerFired, 0)
  }

  func socketReady(_ handle: UnsafeMutablePointer<uv_poll_t>, status: Int32, events: Int32) {
    var descriptor: Int32 = -1
    guard uv_fileno(handle.asHandle, &descriptor) == 0, sockets[descriptor]?.isToBeTold() == true else { return }
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
    let all = live
    live = [:]
    lines = [:]
    for transfer in all.values {
      if let easy = transfer.easy { remove(easy, of: transfer) }
      transfer.fail(.cancelled, "the client has been shut down")
    }
    transfers = [:]
    parked = [:]
    for easy in spares { curl_easy_cleanup(easy) }
    spares = []
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
