// Waits for events, without a clock.

/// Events of one source, in order, each seen once.
final class Watch<Event: Sendable>: Sendable {
  struct Ended: Error {}

  private let stream: AsyncStream<Event>
  private let continuation: AsyncStream<Event>.Continuation?

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
    self.stream = stream
    self.continuation = continuation
  }

  init(_ stream: AsyncStream<Event>) {
    self.stream = stream
    continuation = nil
  }

  func add(_ event: Event) { continuation?.yield(event) }

  /// Skips events up to one that matches, and gives it.
  @discardableResult
  func wait(_ matches: (Event) -> Bool) async throws -> Event {
    for await event in stream where matches(event) { return event }
    throw Ended()
  }
}
