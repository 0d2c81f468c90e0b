// Looks at everything that a relay would need, and tells all that is wrong with it at once.
import AccessTokens
import Basics
import Logging
import Transport

/// What was found in the files and places that a configuration names.
public struct ConfigurationFindings: Sendable {
  /// The keys of tokens; nil where no tokens are asked for.
  public var keys: AccessKeys?
  /// Keys that cannot be used, with the reasons.
  public var leftOut: [String] = []
  /// Why a relay would not start with this, or could serve nobody.
  public var problems: [ConfigurationError] = []

  /// Nothing was looked at.
  public init() {}

  /// Reads every file that a relay would read at its start, and the keys of tokens where they are fetched, looks at the
  /// ledger and the addresses, and calls no provider. A relay that runs with the same settings is no obstacle.
  public static func of(_ configuration: RelayConfiguration, on loop: EventLoop) async -> ConfigurationFindings {
    var findings = ConfigurationFindings()
    findings.note { () throws(ConfigurationError) in try checkWebRoot(configuration) }
    findings.note { () throws(ConfigurationError) in try checkListeners(configuration) }
    for settings in [configuration.admin, configuration.metrics] {
      findings.note { () throws(ConfigurationError) in _ = try settings?.key(readFile: SmallFile.read) }
    }
    do throws(ConfigurationError) { try await RelayLedger.check(configuration, on: loop) } catch {
      findings.problems.append(error)
    }
    do throws(ConfigurationError) {
      let client = try await RelayServer.upstreamClient(configuration, on: loop)
      let silent = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
      let ring = try await RelayServer.keyRing(configuration, client, on: loop, clock: loop.clock, silent)
      findings.keys = await ring?.keys
      findings.leftOut = await ring?.leftOut ?? []
    } catch { findings.problems.append(error) }
    if configuration.providers.isEmpty {
      findings.problems.append(
        ConfigurationError(
          .conflict, "\(ConfigurationReport.noProvider): name the file of a key in did.key-file or heygen.key-file"))
    }
    return findings
  }

  private mutating func note(_ look: () throws(ConfigurationError) -> Void) {
    do throws(ConfigurationError) { try look() } catch { problems.append(error) }
  }

  private static func checkWebRoot(_ configuration: RelayConfiguration) throws(ConfigurationError) {
    guard let folder = configuration.webRoot else { return }
    guard try StaticFiles(folder: folder).hasConsole else {
      throw ConfigurationError(.unreadableFile, "web.root \(folder) has no console: no console/index.html in it")
    }
  }

  private static func checkListeners(_ configuration: RelayConfiguration) throws(ConfigurationError) {
    do throws(TransportError) {
      try configuration.listener.tls?.check()
      try configuration.listener.address.check()
    } catch { throw ConfigurationError(error, listeningAs: configuration.listener) }
    for (settings, name) in [(configuration.admin, "admin.listen"), (configuration.metrics, "metrics.listen")] {
      guard let address = settings?.address else { continue }
      do throws(TransportError) { try address.check() } catch {
        throw ConfigurationError(error, listeningAs: ListenerConfiguration(address: address), name)
      }
    }
  }
}
