// Serves D-ID's WebSockets: takes handshakes and messages, sends back what the calls in them are answered with, and tells
// agents' clients what happens.
import Basics
import MockClock
import StrictJSON
import Transport
import Wire

/// All WebSockets of a mock's D-ID. Its two hosts have no path, `wss://ws-api.d-id.com?authorization=…` and
/// `wss://notifications.d-id.com?authorization=…`, so one socket at `/` is both; at ``notificationsPath`` it is only told.
///
/// A message is a call like any other: the sessions, faults and the journal do not know how it came. What is a socket's own is
/// here: how many calls wait, in which order answers leave, and when it is closed.
actor DIDSocketRoom: WebSocketHandler {
  /// One socket.
  private struct Socket {
    /// Of its handshake, with the key that came in the query.
    let headers: HTTPHeaders
    let remoteAddress: String
    /// Its scenario's.
    let clock: SteppableClock
    let openedAt: MonotonicInstant
    var alarm = DeadlineAlarm()
    var heardAt: MonotonicInstant
    /// The calls that have not been answered, by number.
    var pending: [Int: Task<Void, Never>] = [:]
    /// Answers that leave behind the next one; no more than calls may wait.
    var overtaken: [[UInt8]] = []
    /// Whether its messages are calls.
    let takesCalls: Bool
    /// Where it hears of agents.
    let address: NotificationAddress?

    var deadline: MonotonicInstant {
      min(heardAt.advanced(by: DIDSocketRoom.idleLimit), openedAt.advanced(by: DIDSocketRoom.lifetime))
    }
  }

  static let path = "/"
  /// For pages of which everything beside this is passed on elsewhere.
  static let notificationsPath = "/notifications"
  static let paths: Set = [path, notificationsPath]
  /// The method under which the journal has messages.
  static let method = "WS"
  /// Most calls of a socket that wait for their answers (comments of de-id/live-streaming-demo: 300 requests).
  static let pendingLimit = 300
  /// After so long without a message of either side a socket is closed (Amazon API Gateway quotas: 10 minutes).
  static let idleLimit = Duration.seconds(600)
  /// No socket is older (Amazon API Gateway quotas: 2 hours).
  static let lifetime = Duration.seconds(7200)
  /// The largest message in bytes: a part of sound as a list of numbers, and as much again.
  static let maximumMessageBytes = 256 * 1024

  nonisolated let state: MockState
  private var sockets: [WebSocketConnection: Socket] = [:]
  private var nextNumber = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { state.executor.asUnownedSerialExecutor() }

  init(_ state: MockState) { self.state = state }

  // MARK: Handshakes

  nonisolated func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    state.assumeIsolated { state in
      if let reason = state.gate.refusal(of: request) { return .refuse(state.refuse(request, 403, reason)) }
      do throws(Refusal) {
        let head = Self.head(of: request)
        try DIDAuthorization(key: state.configuration.key, records: state.records(for: head)).check(head.headers)
      } catch {
        return .refuse(state.refuse(request, error))
      }
      return .accept(subprotocol: "")
    }
  }

  /// A page cannot set header fields of a handshake: D-ID takes the key in the query.
  private static func head(of request: HTTPRequest) -> HTTPRequest {
    var head = request
    if let authorization = VendorCall.value(of: "authorization", in: request.query) {
      head.headers["Authorization"] = authorization
    }
    return head
  }

  nonisolated func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    assumeIsolated { $0.open(connection, request) }
  }

  private func open(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    let head = Self.head(of: request)
    let (clock, address) = state.assumeIsolated { ($0.clock(of: head), $0.notificationAddress(of: head)) }
    let now = clock.now
    sockets[connection] = Socket(
      headers: head.headers, remoteAddress: request.remoteAddress, clock: clock, openedAt: now, heardAt: now,
      takesCalls: request.path == Self.path, address: address)
    watch(connection)
    guard let address else { return }
    state.assumeIsolated { state in
      state.listeners.add(connection.id, at: address) { [weak self] text in
        self?.assumeIsolated { $0.notify(text, connection) }
      }
    }
  }

  private func notify(_ text: [UInt8], _ connection: WebSocketConnection) {
    guard let socket = sockets[connection] else { return }
    sockets[connection]?.heardAt = socket.clock.now
    connection.send(text)
  }

  nonisolated func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {
    assumeIsolated { $0.forget(connection) }
  }

  private func forget(_ connection: WebSocketConnection) {
    guard let socket = sockets.removeValue(forKey: connection) else { return }
    socket.alarm.cancel()
    if let address = socket.address {
      state.assumeIsolated { $0.listeners.remove(connection.id, at: address) }
    }
    for task in socket.pending.values { task.cancel() }
  }

  // MARK: Messages

  nonisolated func receivedSmallFrame(on connection: WebSocketConnection) -> Bool { true }

  nonisolated func received(_ text: [UInt8], on connection: WebSocketConnection) {
    assumeIsolated { $0.take(text, connection) }
  }

  private func take(_ text: [UInt8], _ connection: WebSocketConnection) {
    guard let socket = sockets[connection] else { return }
    sockets[connection]?.heardAt = socket.clock.now
    var request = HTTPRequest(
      method: Self.method, path: socket.takesCalls ? Self.path : Self.notificationsPath, headers: socket.headers, body: text,
      remoteAddress: socket.remoteAddress)
    let message: DIDMessage
    do throws(DIDMessage.Mistake) {
      guard socket.takesCalls else { throw DIDMessage.Mistake(note: "a notifications socket takes no messages") }
      message = try DIDMessage(text)
    } catch {
      // The gateway finds no route for it.
      let response = state.assumeIsolated { $0.refuse(request, Refusal(DIDErrors.gatewayForbidden, error.note)) }
      return send(response.body, on: connection)
    }
    request.body = message.shown
    guard socket.pending.count < Self.pendingLimit else {
      let refusal = Refusal(
        DIDErrors.tooManyRequests, "\(Self.pendingLimit) calls of this socket wait for their answers")
      return send(message.reply(state.assumeIsolated { [request] in $0.refuse(request, refusal) }), on: connection)
    }
    nextNumber += 1
    let number = nextNumber
    sockets[connection]?.pending[number] = Task(executorPreference: state.executor) { [state, request] in
      let decision = await state.answer(request, message)
      // Throws when the socket is closed: nobody reads the answer.
      if decision.delay > .zero, (try? await (decision.clock ?? state.clock).sleep(for: decision.delay)) == nil {
        return
      }
      await self.finish(number, message, decision, connection)
    }
  }

  private func finish(
    _ number: Int, _ message: DIDMessage, _ decision: MockDecision, _ connection: WebSocketConnection
  ) {
    guard sockets[connection]?.pending.removeValue(forKey: number) != nil else { return }
    if case .lose = decision.ending {} else { _ = state.assumeIsolated { $0.leave(decision.arrival) } }
    if let response = decision.response {
      let reply = message.reply(response)
      if decision.isOvertaken, sockets[connection].map({ $0.overtaken.count < Self.pendingLimit }) == true {
        sockets[connection]?.overtaken.append(reply)
      } else {
        send(reply, on: connection)
      }
      return
    }
    switch decision.ending {
    case .drop: connection.drop()
    case .lose: break
    case .close(let code): connection.close(code: code, reason: "")
    }
  }

  private func send(_ reply: [UInt8], on connection: WebSocketConnection) {
    connection.send(reply)
    let overtaken = sockets[connection]?.overtaken ?? []
    sockets[connection]?.overtaken = []
    for reply in overtaken { connection.send(reply) }
  }

  // MARK: Time

  /// Has a socket's alarm ring when it may be too old or too quiet.
  private func watch(_ connection: WebSocketConnection) {
    guard let socket = sockets[connection] else { return }
    sockets[connection]?.alarm.set(for: socket.deadline, on: socket.clock, executor: state.executor) { [weak self] in
      await self?.ring($0, connection)
    }
  }

  private func ring(_ deadline: MonotonicInstant, _ connection: WebSocketConnection) {
    guard sockets[connection]?.alarm.rings(for: deadline) == true, let socket = sockets[connection] else { return }
    guard socket.deadline <= socket.clock.now else { return watch(connection) }
    forget(connection)
    connection.close(code: 1001, reason: "Going away")
  }
}
