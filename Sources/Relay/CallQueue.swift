// The calls of one session on their way to its provider.
import Signaling
import Timekeeping

/// Calls that run and calls that wait. Where the provider wants it one runs at a time, in order of arrival.
struct CallQueue: Sendable {
  enum Order: Sendable, Hashable { case oneByOne, together }

  struct Entry: Sendable, Hashable {
    let request: RequestID
    let call: ProviderCall
  }
  struct Running: Sendable, Hashable {
    let entry: Entry
    let since: MonotonicInstant
  }

  private let order: Order
  private let limit: Int
  private(set) var running: [Running] = []
  private(set) var waiting: [Entry] = []

  init(order: Order, limit: Int) {
    self.order = order
    self.limit = limit
  }

  /// Adds a call at the end.
  /// - Throws: `request.overload` when as many as may be wait.
  mutating func add(_ call: ProviderCall, for request: RequestID) throws(SignalingError) {
    guard waiting.count < limit else {
      throw SignalingError(.requestOverload, "\(limit) calls of this session wait already")
    }
    waiting.append(Entry(request: request, call: call))
  }

  /// Takes the calls whose turn it is; they run from now on.
  mutating func start(at now: MonotonicInstant) -> [Entry] {
    let free = order == .together ? waiting.count : running.isEmpty ? 1 : 0
    let turn = Array(waiting.prefix(free))
    waiting.removeFirst(turn.count)
    running += turn.map { Running(entry: $0, since: now) }
    return turn
  }

  /// Takes a call out that has come to its end; nil if none of that request runs.
  mutating func finish(_ request: RequestID) -> Running? {
    guard let index = running.firstIndex(where: { $0.entry.request == request }) else { return nil }
    return running.remove(at: index)
  }

  /// Gives up what waits; what runs goes on.
  mutating func abandonWaiting() -> [Entry] {
    defer { waiting = [] }
    return waiting
  }
}
