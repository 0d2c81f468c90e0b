// What a provider set when it opened a session, in the ledger's words and back.
import AvatarProvider
import Ledger
import Timekeeping

extension SessionTerms {
  init(_ session: ProviderSession, _ upstream: Upstream) {
    self.init(
      negotiation: upstream.negotiation.rawValue, interrupt: upstream.capabilities.interrupt.rawValue,
      canExtend: upstream.capabilities.extend, takesSSML: upstream.capabilities.ssml,
      takesAudio: upstream.capabilities.audioScript, idleLimitMs: session.idleLimit?.milliseconds,
      lifetimeMs: session.lifetime?.milliseconds)
  }

  /// Those of a session that no client ever gets: only its end matters.
  init(unused traits: ProviderTraits, idleLimit: Duration) {
    self.init(
      negotiation: traits.negotiation.rawValue, interrupt: traits.capabilities.interrupt.rawValue,
      canExtend: traits.capabilities.extend, takesSSML: traits.capabilities.ssml,
      takesAudio: traits.capabilities.audioScript, idleLimitMs: idleLimit.milliseconds, lifetimeMs: nil)
  }

  /// Nil where a word was written by a version that knows more.
  var capabilities: ProviderTraits.Capabilities? {
    ProviderTraits.Capabilities.Interrupt(rawValue: interrupt).map {
      .init(interrupt: $0, extend: canExtend, ssml: takesSSML, audioScript: takesAudio)
    }
  }
}

extension ProviderHandle {
  init(_ handle: ProviderSession.Handle) {
    self.init(id: handle.id, routing: handle.routing, contract: handle.contract)
  }
}

extension ProviderSession.Handle {
  init(_ handle: ProviderHandle) { self.init(id: handle.id, routing: handle.routing, contract: handle.contract) }
}
