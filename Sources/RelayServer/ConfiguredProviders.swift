// The adapters that a configuration has keys for.
import AvatarProvider
import DIDProvider
import HeyGenProvider
import ProviderHTTP
import Timekeeping

/// Makes one adapter for each provider that has a key.
enum ConfiguredProviders {
  static func make(
    _ configuration: RelayConfiguration, client: any ProviderHTTPClient, clock: any MonotonicClock,
    secondsSinceEpoch: @escaping @Sendable () -> Double
  ) -> [any AvatarProvider] {
    var providers: [any AvatarProvider] = []
    if let key = configuration.did.key {
      let did = DIDProvider.Configuration(
        baseURL: configuration.did.url, key: key, idleLimit: configuration.did.idleLimit,
        defaultSourceURL: configuration.didSourceURL)
      providers.append(
        DIDProvider(
          configuration: did, client: client, clock: clock,
          millisecondsSinceEpoch: { Int64(secondsSinceEpoch() * 1000) }))
    }
    if let key = configuration.heygen.key {
      let heygen = HeyGenProvider.Configuration(
        baseURL: configuration.heygen.url, key: key,
        authentication: configuration.heygenUsesSessionTokens ? .sessionToken : .apiKey,
        idleLimit: configuration.heygen.idleLimit)
      providers.append(HeyGenProvider(configuration: heygen, client: client, clock: clock))
    }
    return providers
  }
}
