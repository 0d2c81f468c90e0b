// Reads access keys from files and from a URL, each apart from the others, and says when they have changed.
import AccessTokens
import Basics
import Logging
import ProviderHTTP

/// The keys of every place that the settings name, as each was read last. A place that cannot be read keeps its last good
/// keys and no other's, so that a key that was withdrawn goes whatever stands beside it. Lives on the event loop.
actor AccessKeyRing {
  /// How soon a set that could not be fetched is asked for again, where the settings do not say sooner.
  static let retryPause = Duration.seconds(30)
  /// How long fetching it may take.
  private static let fetchTimeout = Duration.seconds(10)

  private let settings: AccessSettings
  private let client: any ProviderHTTPClient
  private let executor: any SerialExecutor
  private let clock: any MonotonicClock
  private let logger: Logger
  private let readFile: @Sendable (String) throws -> [UInt8]
  /// What was read of one place.
  private struct Part {
    var keys: [AccessKey] = []
    /// Keys that cannot be used; for people.
    var leftOut: [String] = []
  }
  /// One for each of ``AccessSettings/places``.
  private var parts: [Part]
  private(set) var keys = AccessKeys.none
  /// When the set at the URL was fetched last.
  private var fetched: MonotonicInstant
  private var watch: Task<Void, Never>?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter readFile: reads a small file.
  init(
    _ settings: AccessSettings, client: any ProviderHTTPClient, executor: any SerialExecutor,
    clock: any MonotonicClock, logger: Logger, readFile: @escaping @Sendable (String) throws -> [UInt8] = SmallFile.read
  ) {
    self.settings = settings
    self.client = client
    self.executor = executor
    self.clock = clock
    self.logger = logger
    self.readFile = readFile
    parts = settings.places.map { _ in Part() }
    fetched = clock.now
  }

  /// Reads every place for the first time.
  /// - Throws: ``ConfigurationError`` for the first that cannot be used; it shows no part of a key.
  func readAll() async throws(ConfigurationError) {
    for (index, place) in settings.places.enumerated() { try await replace(index, with: try read(place)) }
    keys = try settings.keys(of: parts.map(\.keys))
  }

  /// The keys that cannot be used, each with its reason; for people.
  var leftOut: [String] { parts.flatMap(\.leftOut) }

  /// Reads every place again.
  /// - Returns: the keys that count from now on; nil where they are the same as before.
  func readAgain() async -> AccessKeys? {
    var isComplete = true
    for (index, place) in settings.places.enumerated() {
      do throws(ConfigurationError) { try await replace(index, with: try read(place)) } catch {
        isComplete = false
        logger.error("access keys not reloaded, the old ones stay", metadata: ["cause": "\(error)"])
      }
    }
    if isComplete { logger.notice("access keys reloaded") }
    return takeChange()
  }

  /// Fetches the set at the URL again and again, if there is one, until ``stop()``.
  /// - Parameter onChange: takes the keys that count from now on.
  func keepFresh(_ onChange: @escaping @Sendable (AccessKeys) async -> Void) {
    guard let index = settings.places.firstIndex(where: \.isFetched) else { return }
    watch = Task {
      while !Task.isCancelled {
        do { try await clock.sleep(until: nextFetch, tolerance: nil) } catch { return }
        await refresh(index)
        guard let keys = takeChange() else { continue }
        logger.notice("the access keys have changed", metadata: ["keys": "\(keys.listed.count)"])
        await onChange(keys)
      }
    }
  }

  /// Fetches no more.
  func stop() { watch?.cancel() }

  // MARK: The parts

  private var hasFailed = false

  /// Nobody waits for longer than the last good set counts.
  private var nextFetch: MonotonicInstant {
    guard hasFailed else { return fetched.advanced(by: settings.refreshPause) }
    let retry = clock.now.advanced(by: min(settings.refreshPause, Self.retryPause))
    let end = fetched.advanced(by: settings.keepTime)
    return end > clock.now ? min(retry, end) : retry
  }

  private func refresh(_ index: Int) async {
    do throws(ConfigurationError) { try await replace(index, with: try read(settings.places[index])) } catch {
      guard !Task.isCancelled else { return }
      hasFailed = true
      let isOver = fetched.advanced(by: settings.keepTime) <= clock.now
      guard isOver, !parts[index].keys.isEmpty else {
        logger.warning("access keys not fetched, the old ones stay", metadata: ["cause": "\(error)"])
        return
      }
      parts[index] = Part()
      logger.error("access keys not fetched for too long, no old one counts any more", metadata: ["cause": "\(error)"])
    }
  }

  /// Puts new keys in a place, unless they cannot be told from those of other places.
  private func replace(_ index: Int, with part: Part) throws(ConfigurationError) {
    var parts = parts
    parts[index] = part
    _ = try settings.keys(of: parts.map(\.keys))
    // Each is said once, not with each fetch.
    for line in part.leftOut where !self.parts[index].leftOut.contains(line) {
      logger.notice("a key of the JWK Set is left out", metadata: ["key": "\(line)"])
    }
    self.parts = parts
    if settings.places[index].isFetched { hasFailed = false }
  }

  private func takeChange() -> AccessKeys? {
    let old = keys
    keys = (try? settings.keys(of: parts.map(\.keys))) ?? .none
    return keys.listed == old.listed ? nil : keys
  }

  private func read(_ place: AccessSettings.Place) async throws(ConfigurationError) -> Part {
    do {
      switch place {
      case .file(let file): return Part(keys: [try file.key(try content(of: file.path, .accessKeyFiles))])
      case .setFile(let path):
        let set = try KeySet(try content(of: path, .accessSetFile, KeySet.maximumBytes), isPublic: false)
        return Part(keys: set.keys, leftOut: set.leftOut)
      case .setURL(let url):
        let set = try KeySet(try await fetch(url), isPublic: true)
        fetched = clock.now
        return Part(keys: set.keys, leftOut: set.leftOut)
      }
    } catch let error as AccessKeyError {
      throw ConfigurationError(.invalidValue, "\(place.name): \(error.message)")
    } catch let error as ConfigurationError {
      throw error
    } catch { throw ConfigurationError(.unreadableFile, "\(place.name) cannot be read: \(error)") }
  }

  private func content(
    of path: String, _ key: ConfigurationKey, _ maximumBytes: Int = AccessKeys.maximumFileBytes
  ) throws(ConfigurationError) -> [UInt8] {
    let bytes: [UInt8]
    do { bytes = try readFile(path) } catch { throw ConfigurationError(unreadable: path, of: key.rawValue, error) }
    guard bytes.count <= maximumBytes else {
      throw ConfigurationError(.unreadableFile, "\(key.rawValue) \(path) has more than \(maximumBytes) bytes")
    }
    return bytes
  }

  private func fetch(_ url: String) async throws(ConfigurationError) -> [UInt8] {
    let request = ProviderRequest(
      method: "GET", url: url, headers: [("Accept", "application/jwk-set+json, application/json")],
      repeatability: .repeatable, timeout: Self.fetchTimeout, maximumResponseBytes: KeySet.maximumBytes)
    let response: ProviderResponse
    do throws(ProviderHTTPFailure) { response = try await client.send(request) } catch {
      throw ConfigurationError(.unreadableFile, "access.jwks-url cannot be fetched: \(error.code.rawValue)")
    }
    guard response.status == 200 else {
      throw ConfigurationError(.unreadableFile, "access.jwks-url cannot be fetched: status \(response.status)")
    }
    return response.body
  }
}
