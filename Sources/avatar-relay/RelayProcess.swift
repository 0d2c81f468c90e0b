// Runs a relay from its start to the signal that ends it, and says on standard output where it serves.
import Basics
import Commands
import Foundation
import LogLines
import Logging
import RelayServer
import Release
import StrictJSON
import Transport

/// Runs a relay from start to signal.
enum RelayProcess {
  /// Starts the relay, says that it is ready, and returns when a signal has ended it cleanly. A second signal hurries that, a third
  /// ends the process.
  /// - Parameters:
  ///   - clock: makes the time by which sessions expire; nil for the loop's own.
  ///   - exitsWithParent: standard input is a pipe whose other end the parent holds; its end counts as a signal.
  static func run(
    _ configuration: RelayConfiguration, clock: ((EventLoop) -> any MovableClock)? = nil, exitsWithParent: Bool = false,
    ready: (RelayServer) -> ReadyLine
  ) async throws {
    let log = startLog(configuration)
    defer { log.flush() }
    let logger = log.logger
    let loop = try EventLoop()
    let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
    for number in [SIGTERM, SIGINT, SIGHUP] { loop.onSignal(number) { continuation.yield(number) } }
    if exitsWithParent {
      loop.spawn { if await ParentWatch.isGone(by: loop.clock) { continuation.yield(SIGTERM) } }
    }
    let clock = clock?(loop)
    let server: RelayServer
    do {
      let start = Task(executorPreference: loop) {
        try await RelayServer.start(
          configuration, on: loop, clock: clock, version: ProductVersion.text, logger: logger)
      }
      server = try await start.value
    } catch {
      await loop.stop()
      throw error
    }
    let hadTerminal = isatty(STDIN_FILENO) == 1
    let manager = ServiceNotifier(environment: ProcessInfo.processInfo.environment)
    let line = ready(server)
    logger.notice("the relay serves", metadata: line.logged)
    line.write()
    manager?.send(.ready)
    // On the loop: a loop that hangs serves nobody, and says nothing.
    let watchdog = loop.spawn {
      guard let manager, let interval = manager.watchdogInterval else { return }
      while (try? await loop.clock.sleep(for: interval)) != nil { manager.send(.watchdog) }
    }
    defer { watchdog.cancel() }
    var demands = 0
    for await number in signals {
      // A terminal that was closed says so by SIGHUP too; nobody could end the program from it any more.
      guard number != SIGHUP || hadTerminal && isatty(STDIN_FILENO) == 0 else {
        guard demands == 0 else { continue }
        manager?.send(.reloading)
        await server.reload()
        manager?.send(.ready)
        continue
      }
      demands += 1
      switch demands {
      case 1:
        logger.notice("leaving", metadata: ["signal": "\(number)"])
        manager?.send(.stopping)
        Task(executorPreference: loop) {
          await server.stop()
          continuation.finish()
        }
      case 2:
        logger.warning("leaving in a hurry", metadata: ["signal": "\(number)"])
        await server.hurry()
      default:
        logger.critical("ending without leaving: sessions may be left open", metadata: ["signal": "\(number)"])
        log.flush(within: .milliseconds(200))
        _exit(128 + number)
      }
    }
    await loop.stop()
  }

  private static func startLog(_ configuration: RelayConfiguration) -> ProgramLog {
    let format: LineLogHandler.Format? =
      switch configuration.logFormat {
      case .text: .text
      case .json: .json
      case .auto: nil
      }
    return ProgramLog.start(label: "avatar-relay", format: format, level: configuration.logLevel)
  }
}

/// The addresses of a running relay, and what it serves: a sentence on a terminal, one JSON object otherwise.
struct ReadyLine {
  private var addresses: JSONObject = ["event": "ready"]
  /// The same for the log, with the version, the providers and where sessions are written down.
  private(set) var logged: Logger.Metadata = [:]

  init(server: RelayServer, configuration: RelayConfiguration) {
    switch (configuration.listener.address, server.port) {
    case (.tcp(let host, _), let port?):
      let authority = HostName.authority(host, port: port)
      let secure = configuration.listener.tls == nil ? "" : "s"
      let path = configuration.webRoot == nil ? "/" : "/console/"
      addresses["url"] = .string("http\(secure)://\(authority)\(path)")
      addresses["signaling"] = .string("ws\(secure)://\(authority)/v1/signaling")
    case (.unix(let path), _): addresses["unix"] = .string(path)
    case (.tcp, nil): break
    }
    switch (configuration.admin?.address, server.adminPort) {
    case (.tcp(let host, _), let port?):
      addresses["admin"] = .string("http://\(HostName.authority(host, port: port))")
    case (.unix(let path), _): addresses["admin"] = .string("unix:\(path)")
    case (.tcp, nil), (nil, _): break
    }
    switch (configuration.metrics?.address, server.metricsPort) {
    case (.tcp(let host, _), let port?):
      let secure = configuration.metricsAreSecure ? "s" : ""
      addresses["metrics"] = .string("http\(secure)://\(HostName.authority(host, port: port))")
    case (.unix(let path), _): addresses["metrics"] = .string("unix:\(path)")
    case (.tcp, nil), (nil, _): break
    }
    if let mock = configuration.mock { addresses["mock"] = .string(mock) }
    logged = [
      "version": "\(ProductVersion.text)", "address": "\(addresses["url"]?.string ?? addresses["unix"]?.string ?? "")",
      "providers": "\(server.providers.isEmpty ? "none" : server.providers.joined(separator: " "))",
      "ledger": "\(configuration.ledger)", "tokens": configuration.access == nil ? "none" : "asked for",
    ]
    for name in ["admin", "metrics", "mock"] {
      if let address = addresses[name]?.string { logged[name] = "\(address)" }
    }
  }

  /// Writes it. Where standard output is closed, nobody is there to read it.
  func write() { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }

  private var text: String {
    guard isatty(STDOUT_FILENO) == 1, let url = addresses["url"]?.string else {
      return JSONValue.object(addresses).text + "\n"
    }
    let signaling = addresses["signaling"]?.string ?? ""
    let mock = addresses["mock"]?.string.map { "\n  mock provider  \($0)/__admin/sessions" } ?? ""
    return "\n  Open  \(url)\n  signaling      \(signaling)\(mock)\n  Ctrl-C ends it.\n\n"
  }
}
