// One life of a relay, from start to kill.
import AvatarProvider
import Basics
import DIDProvider
import HeyGenProvider
import Ledger
import LedgerSQLite
import Logging
import ProviderHTTP
import Relay
import RelayTestSupport
import Transport

/// A registry with the real adapters, on the real ledger's file, behind a ``KillSwitch``.
struct RelayLife {
  let killSwitch: KillSwitch
  let registry: SessionRegistry
  let ledger: SQLiteLedger
  var connection: KillConnection

  /// Starts a life and takes over what the last one left; dead already if it was killed meanwhile.
  static func start(_ stage: KillStage, _ killSwitch: KillSwitch, for client: KillClient) async throws -> RelayLife {
    let network = KillableClient(client: stage.network, killSwitch: killSwitch)
    let ledger = try SQLiteLedger(path: stage.ledgerPath, executor: stage.loop, clock: stage.loop.clock)
    var identifiers = RandomIdentifiers()
    let kept = LedgerConfiguration(
      store: KillableLedger(ledger: ledger, killSwitch: killSwitch),
      relay: RelayID(rawValue: identifiers.makeSessionID().rawValue),
      exclusiveProviders: stage.isExclusive ? ["did", "heygen"] : [], wallTime: stage.wallTime)
    let registry = SessionRegistry(
      providers: providers(stage, network), limits: .withoutQuotas, clock: stage.clock, executor: stage.loop,
      identifiers: identifiers, ledger: kept,
      logger: Logger(label: "relay") { _ in SwiftLogNoOpLogHandler() })
    killSwitch.onDeath { client.assumeIsolated { $0.relayDied() } }
    do { try await registry.recover() } catch { guard killSwitch.isDead else { throw error } }
    let connection = KillConnection(number: 1, client: client, killSwitch: killSwitch)
    await registry.opened(connection)
    return RelayLife(killSwitch: killSwitch, registry: registry, ledger: ledger, connection: connection)
  }

  private static func providers(_ stage: KillStage, _ network: KillableClient) -> [any AvatarProvider] {
    let did = DIDProvider.Configuration(
      baseURL: stage.mock.baseURL, key: Secret("key"), defaultSourceURL: "https://avatar.example/anna.png")
    let heygen = HeyGenProvider.Configuration(
      baseURL: stage.mock.baseURL, key: Secret("key"), authentication: stage.usesSessionTokens ? .sessionToken : .apiKey
    )
    return [
      DIDProvider(configuration: did, client: network, clock: stage.clock, millisecondsSinceEpoch: { 0 }),
      HeyGenProvider(configuration: heygen, client: network, clock: stage.clock),
    ]
  }

  /// The connection drops and another one is made.
  mutating func reconnect() async {
    await registry.closed(connection.id)
    connection = KillConnection(
      number: connection.number + 1, client: connection.client, killSwitch: killSwitch)
    await registry.opened(connection)
  }
}
