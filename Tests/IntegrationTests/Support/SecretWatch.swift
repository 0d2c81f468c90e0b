// What must appear in no log line and in no byte that a client is sent.
import Glibc
import Synchronization
import TestSupport
import Testing

/// Remembers clients and secrets of a test, and looks for the secrets when it is over.
final class SecretWatch: Sendable {
  private struct Seen {
    var clients: [SignalingTestClient] = []
    var texts: [String] = []
    /// Nobody but the relay, or whoever was given them, may see these.
    var secrets: Set<String> = []
    /// These a client is sent once, and they may be in no log.
    var resumeSecrets: Set<String> = []
  }
  private let seen = Mutex(Seen())

  func watch(_ client: SignalingTestClient) { seen.withLock { $0.clients.append(client) } }

  /// A token's signature proves as much as the token.
  func add(token: String) {
    let signature = token.split(separator: ".").last.map(String.init) ?? token
    seen.withLock { $0.secrets.formUnion([token, signature]) }
  }

  /// Takes what the clients saw, and lets them go: a connection lives no longer than its client.
  func collect() async {
    let clients = seen.withLock { seen in
      defer { seen.clients = [] }
      return seen.clients
    }
    for client in clients {
      let (texts, secrets) = (await client.received, await client.secrets)
      seen.withLock { seen in
        seen.texts += texts
        seen.resumeSecrets.formUnion(secrets)
      }
    }
  }

  /// Records an issue for each secret that is in the log, and for each of ours that a client was sent.
  func check(_ log: String) {
    let seen = seen.withLock { $0 }
    let own = seen.secrets.union([Stage.canary, Stage.tokenSecret, Stage.adminKey])
    for word in own {
      #expect(!log.contains(word), "the log shows a secret")
      #expect(!seen.texts.contains { $0.contains(word) }, "a client was sent a secret")
    }
    // A test has a thousand of these and a megabyte of log, for which `contains` takes half a minute.
    #expect(!log.utf8.contains(0), "or strstr would stop there")
    for word in seen.resumeSecrets { #expect(strstr(log, word) == nil, "the log shows the secret of a session") }
  }
}
