// Counts the sockets to a provider that are open.
import ProviderHTTP
import Synchronization

/// Opens sockets as another does, and counts those that are open.
final class CountedSockets: ProviderSocketClient {
  private struct State {
    var open = 0
    var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
  }

  private struct Handler: ProviderSocketHandler {
    let sockets: CountedSockets
    let handler: any ProviderSocketHandler

    func received(_ text: [UInt8], on socket: UInt64) { handler.received(text, on: socket) }
    func closed(_ socket: UInt64, code: UInt16, written: Int) {
      handler.closed(socket, code: code, written: written)
      sockets.change { $0.open -= 1 }
    }
  }

  private let sockets: any ProviderSocketClient
  private let state = Mutex(State())

  init(_ sockets: any ProviderSocketClient) { self.sockets = sockets }

  func openSocket(
    to url: String, timeout: Duration, _ handler: any ProviderSocketHandler
  ) async throws(ProviderHTTPFailure) -> ProviderSocketOpening {
    let opening = try await sockets.openSocket(to: url, timeout: timeout, Handler(sockets: self, handler: handler))
    if case .open = opening { change { $0.open += 1 } }
    return opening
  }

  /// Waits until so many are open.
  func until(open count: Int) async {
    await withCheckedContinuation { continuation in change { $0.waiting = (count, continuation) } }
  }

  private func change(_ body: (inout State) -> Void) {
    let met = state.withLock { state -> CheckedContinuation<Void, Never>? in
      body(&state)
      guard let waiting = state.waiting, waiting.count == state.open else { return nil }
      state.waiting = nil
      return waiting.continuation
    }
    met?.resume()
  }
}
