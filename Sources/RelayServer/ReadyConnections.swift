// Keeps a connection to each provider ready while clients are connected, so that no first call waits for handshakes.
import Basics
import Logging
import ProviderHTTP
import Transport

/// Makes connections before they are needed.
protocol ConnectionMaker: Sendable {
  func prepareConnections(to url: String, unlessUsedWithin time: Duration) async throws(ProviderHTTPFailure)
  func closeConnections(unusedFor time: Duration)
}

extension HTTPClient: ConnectionMaker {}

/// Checks the connections as long as there are clients. Lives on the event loop.
actor ReadyConnections {
  /// How often it checks, and after how long without use a connection is made anew: one that is used is never idle for
  /// longer than both together, less than the 15 s after which the strictest of the common servers close.
  static let pause = Duration.seconds(4)
  static let renewal = Duration.seconds(8)
  /// The longest pause after a provider was not reached; the first is ``pause``, and each later one is twice as long.
  static let longestPause = Duration.seconds(60)

  private let maker: any ConnectionMaker
  private let urls: [String]
  private let executor: any SerialExecutor
  private let clock: any MonotonicClock
  private let logger: Logger
  /// Browsers, pages that have a session or are about to, and pages that listen for notifications.
  private var clients = 0
  /// One for each provider, while there are clients and for up to one pause afterwards.
  private var watches: [String: Task<Void, Never>] = [:]

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter urls: where the providers are; none for no connections.
  init(
    to urls: [String], by maker: any ConnectionMaker, executor: any SerialExecutor, clock: any MonotonicClock,
    logger: Logger
  ) {
    self.maker = maker
    self.urls = urls
    self.executor = executor
    self.clock = clock
    self.logger = logger
  }

  /// A client has connected.
  func came() {
    clients += 1
    for url in urls where watches[url] == nil { watches[url] = Task { await watch(url) } }
  }

  /// One of them has gone.
  func went() { clients -= 1 }

  /// Ends all watches.
  func stop() {
    clients = 0
    for watch in watches.values { watch.cancel() }
  }

  private func watch(_ url: String) async {
    var pause = Self.pause
    while clients > 0 {
      do {
        try await maker.prepareConnections(to: url, unlessUsedWithin: Self.renewal)
        pause = Self.pause
        maker.closeConnections(unusedFor: Self.renewal)
      } catch {
        // Whoever opens a session is told; here nobody waits.
        logger.debug("no connection to a provider", metadata: ["cause": "\(error.code.rawValue)"])
        pause = min(pause * 2, Self.longestPause)
      }
      do { try await clock.sleep(for: pause) } catch { break }
    }
    watches[url] = nil
    if watches.isEmpty && clients <= 0 { maker.closeConnections(unusedFor: .zero) }
  }
}
