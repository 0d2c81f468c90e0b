// The adapters that a configuration has keys for.
import AvatarProvider
import DIDProvider
import HeyGenProvider
import ProviderHTTP
import Timekeeping

/// Makes one adapter for each provider that has a key.
enum ConfiguredProviders {
  static func make(
    _ configuration: RelayConfiguration, client: any ProviderHTTPClient, clock: any MonotonicClock
  ) -> [any AvatarProvider] {
    var providers: [any AvatarProvider] = []
    if let key = configuration.did.key {
      var did = DIDProvider.Configuration(baseURL: configuration.did.url, key: key)
      did.idleLimit = configuration.did.idleLimit
      did.lifetime = configuration.did.lifetime
      did.defaultSourceURL = configuration.didSourceURL
      providers.append(DIDProvider(did, client: client, clock: clock))
    }
    if let key = configuration.heygen.key {
      var heygen = HeyGenProvider.Configuration(baseURL: configuration.heygen.url, key: key)
      heygen.idleLimit = configuration.heygen.idleLimit
      heygen.lifetime = configuration.heygen.lifetime
      heygen.authentication = configuration.heygenUsesSessionTokens ? .sessionToken : .apiKey
      providers.append(HeyGenProvider(heygen, client: client, clock: clock))
    }
    return providers
  }
}

