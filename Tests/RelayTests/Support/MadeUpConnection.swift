// Stands in for a browser's connection, and only collects what it is sent.
import Relay
import RelayTestSupport
import Signaling

/// Keeps every message; lives on the test's executor.
actor MadeUpConnection: SignalingConnection {
  nonisolated let id: ConnectionID
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var sent: [ServerMessage] = []
  private var times: [RequestID: Int64] = [:]
  private var closes: [CloseCode] = []

  init(_ id: UInt64, _ executor: HandExecutor) {
    self.id = ConnectionID(id)
    self.executor = executor
  }

  nonisolated var roundTripTime: Duration? { .milliseconds(12) }
  nonisolated func send(_ message: ServerMessage) { assumeIsolated { $0.keep(message) } }
  nonisolated func close(_ code: CloseCode, reason: String) { assumeIsolated { $0.closes.append(code) } }

  /// How long a provider took is kept apart: most tests ask what was answered.
  private func keep(_ message: ServerMessage) {
    guard case .result(let id, let result, let providerMs) = message else { return sent.append(message) }
    sent.append(.result(id, result))
    times[id] = providerMs
  }

  /// How long the provider took by the answer to that request, in milliseconds; nil where it says nothing.
  nonisolated func providerMs(of id: RequestID) -> Int64? { assumeIsolated { $0.times[id] } }

  nonisolated var messages: [ServerMessage] { assumeIsolated { $0.sent } }
  nonisolated var closeCodes: [CloseCode] { assumeIsolated { $0.closes } }

  /// The answers to a request, in order.
  nonisolated func answers(to id: RequestID) -> [ServerMessage] {
    messages.filter { message in
      switch message {
      case .result(let other, _, _): other == id
      case .error(let other, _): other == id
      case .notification: false
      }
    }
  }

  /// What was told of a session, in order.
  nonisolated func events(of session: SessionID) -> [SessionEvent] {
    messages.compactMap { message in
      if case .notification(.session(session, _, let event)) = message { event } else { nil }
    }
  }

  /// The numbers of what was told of a session, in order.
  nonisolated func seqs(of session: SessionID) -> [Int64] {
    messages.compactMap { message in
      if case .notification(.session(session, let seq, _)) = message { seq } else { nil }
    }
  }
}

extension MadeUpConnection {
  /// The kind of the error that answered a request; nil where it succeeded or was not answered.
  nonisolated func error(of id: RequestID) -> ErrorKind? { signalingError(of: id)?.kind }
}

extension MadeUpConnection {
  /// The kind of error that a message is; nil where it is none.
  nonisolated func kind(of message: ServerMessage?) -> ErrorKind? {
    if case .error(_, let error) = message { error.kind } else { nil }
  }
}

extension MadeUpConnection {
  /// The error that answered a request; nil where it succeeded or was not answered.
  nonisolated func signalingError(of id: RequestID) -> SignalingError? {
    if case .error(_, let error) = answers(to: id).first { error } else { nil }
  }

  /// The session that a request opened; nil where it was refused or not answered.
  nonisolated func opened(_ id: RequestID) -> SessionID? {
    if case .result(_, .opened(let session), _) = answers(to: id).first { session.session } else { nil }
  }

  /// The places in the queue that were told, in order.
  nonisolated func positions(of id: RequestID) -> [Int] {
    messages.compactMap { message in
      if case .notification(.queued(id, let position)) = message { position } else { nil }
    }
  }
}
