// Serves over TLS, treats each request as its path says, and counts what it processed.
import Foundation
import ProviderHTTP
import TestSupport

@testable import Transport

/// A Node process with one misbehaviour a path, `/kind/number`. Each applies to the first attempt of a path; a later
/// attempt is answered. It ends when its standard input closes.
///
/// All connections go through a hop that can forget one, as a NAT does or a machine that lost power: nothing passes any
/// more in either direction, and neither side is told. The client's system still gets its bytes confirmed, by the hop's.
final class MischievousServer {
  enum Kind: String, CaseIterable, Sendable {
    /// Answered.
    case fine
    /// Answered; the connection is closed a moment later, while it is idle or the next request is on its way.
    case finAfter
    case resetAfter
    /// Processed; the connection ends without an answer.
    case finBefore
    case resetBefore
    /// Processed; no answer comes, and the connection stays.
    case silent
    /// HTTP/2: not processed, REFUSED_STREAM.
    case refused
    /// HTTP/2: not processed, GOAWAY with a last stream below this one; the connection is left to the client.
    case leftOut
    /// The same, and the connection is closed at once.
    case leftOutAndFin
    /// Answered; the connection is forgotten while it is idle, with the first bytes of the next request.
    case halfOpenAfter
    /// The same, and what forgot it answers those bytes with a reset.
    case halfOpenAfterThenReset
    /// Processed; the connection is forgotten before the answer comes back.
    case halfOpenBefore
    /// The same, and it is reset in place of the answer.
    case halfOpenBeforeThenReset
    /// HTTP/2: answered, after a GOAWAY that names this stream as the last.
    case last
    /// HTTP/2: processed; a GOAWAY names this stream as the last, and the connection is reset without an answer.
    case lastAndReset

    /// Whether the server says in the terms of the protocol that it did not process the call.
    var isRefusal: Bool { [.refused, .leftOut, .leftOutAndFin].contains(self) }
    /// Whether the first attempt is answered if nothing else gets in its way.
    var isAnswered: Bool { self == .fine || self == .last || endsLater }
    /// Whether it may end the connection while the next call is on its way.
    var endsLater: Bool { [.finAfter, .resetAfter, .halfOpenAfter, .halfOpenAfterThenReset].contains(self) }
    /// Whether nothing but its time ends a call, this one or the next.
    var isSilence: Bool { [.silent, .halfOpenAfter, .halfOpenBefore].contains(self) }

    private var needsHTTP2: Bool { isRefusal || self == .last || self == .lastAndReset }

    static func all(_ version: NodeServer.HTTPVersion) -> [Kind] {
      version == .http2 ? allCases : allCases.filter { !$0.needsHTTP2 }
    }
  }

  let port: Int
  private let process: ChildProcess

  /// - Parameter resetsEveryConnection: n resets each n-th connection before its TLS handshake; 0 resets none.
  init(_ version: NodeServer.HTTPVersion, _ certificates: TestAuthority, resetsEveryConnection every: Int) throws {
    process = try ChildProcess(
      ["node", "-e", Self.script, "--", version.rawValue, certificates.key, certificates.certificate, "\(every)"])
    port = try process.readPort()
  }

  var url: String { "https://localhost:\(port)" }

  func stop() { process.end() }

  /// How often each path was processed, by the server's own account.
  func processed(askedBy client: HTTPClient) async throws -> [String: Int] {
    try await counts("/report/processed", client)
  }

  /// How many connections the hop has forgotten.
  func forgottenConnections(askedBy client: HTTPClient) async throws -> Int {
    try await counts("/report/hop", client)["forgotten"] ?? 0
  }

  private func counts(_ path: String, _ client: HTTPClient) async throws -> [String: Int] {
    var request = ProviderRequest.get(url + path)
    request.maximumResponseBytes = 8 << 20
    let text = String(decoding: try await client.send(request).body, as: UTF8.self)
    return text.split(separator: "\n").reduce(into: [:]) { counts, line in
      let words = line.split(separator: " ")
      counts[String(words[0])] = Int(words[1])
    }
  }

  private static let script = """
    const [version, key, cert, every] = process.argv.slice(1)
    const fs = require('fs'), http2 = require('http2'), https = require('https'), net = require('net')
    const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert), keepAliveTimeout: 60000 }
    const attempts = {}, processed = {}, raw = new Map(), links = new Map(), hop = { forgotten: 0 }
    let connections = 0, random = 1
    const draw = below => (random = (random * 48271) % 2147483647) % below
    function serve(request, response) {
      const stream = request.stream, session = stream?.session
      const { remotePort } = (session ?? request).socket
      const socket = raw.get(remotePort), link = links.get(remotePort)
      request.on('error', () => {}); response.on('error', () => {}); stream?.on('error', () => {})
      const path = request.url, kind = path.split('/')[1]
      if (kind === 'report')
        return response.end(Object.entries(path.endsWith('hop') ? hop : processed).map(e => e.join(' ')).join('\\n'))
      const isFirst = (attempts[path] = (attempts[path] ?? 0) + 1) === 1
      // What it left out it does not process, and what it processed it does not leave out.
      if (session && stream.id > (session.last ?? Infinity)) return
      const mayLeaveOut = () => stream.id > 1 && stream.id > (session.highest ?? 0)
      const leaveOut = () => session.goaway(http2.constants.NGHTTP2_NO_ERROR, session.last = stream.id - 2)
      if (isFirst && kind === 'refused') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
      // The first stream of a connection cannot be left out: Node takes 0 for "the latest".
      if (isFirst && kind.startsWith('leftOut') && mayLeaveOut()) {
        leaveOut()
        if (kind === 'leftOutAndFin') setImmediate(() => socket.end())
        return
      }
      request.resume().on('end', () => {
        if (session && stream.id > (session.last ?? Infinity)) return
        if (session) session.highest = Math.max(session.highest ?? 0, stream.id)
        processed[path] = (processed[path] ?? 0) + 1
        const goLast = () => session.goaway(http2.constants.NGHTTP2_NO_ERROR, session.last = session.highest)
        const answer = () => response.end('done')
        if (!isFirst) return answer()
        switch (kind) {
          case 'silent': return
          case 'finBefore': return socket.end()
          case 'resetBefore': return socket.resetAndDestroy()
          case 'lastAndReset':
            goLast()
            return setImmediate(() => socket.resetAndDestroy())
          case 'last': goLast(); return answer()
          case 'halfOpenAfter': case 'halfOpenAfterThenReset':
            link.isToBeForgotten = true
            link.resets = kind === 'halfOpenAfterThenReset'
            return answer()
          case 'halfOpenBefore': case 'halfOpenBeforeThenReset':
            forget(link)
            link.resets = kind === 'halfOpenBeforeThenReset'
            return answer()
          case 'finAfter': case 'resetAfter': {
            response.on('finish', () => {
              const end = () => kind === 'finAfter' ? socket.end() : socket.resetAndDestroy()
              let turns = draw(6)
              const wait = () => turns-- > 0 ? setImmediate(wait) : end()
              wait()
            })
            return answer()
          }
          default: return answer()
        }
      })
    }
    function forget(link) {
      if (!link.isForgotten) hop.forgotten++
      link.isForgotten = true
    }
    function passOn(client) {
      const server = net.connect({ port: listening.address().port, allowHalfOpen: true, noDelay: true })
      const link = {}
      server.on('connect', () => links.set(server.localPort, link))
      const pass = (from, to) => {
        from.on('data', bytes => {
          if (link.isToBeForgotten && from === server) link.isAnswered = true
          if (link.isAnswered && from === client) forget(link)
          if (!link.isForgotten) return to.write(bytes)
          if (link.resets) client.resetAndDestroy()
        })
        from.on('end', () => link.isForgotten ? from.destroy() : to.end())
        from.on('error', () => link.isForgotten || to.resetAndDestroy())
      }
      pass(client, server)
      pass(server, client)
    }
    const listening = version === 'http2' ? http2.createSecureServer(options, serve) : https.createServer(options, serve)
    listening.on('connection', socket => {
      raw.set(socket.remotePort, socket)
      if (+every > 0 && ++connections % +every === 0) socket.resetAndDestroy()
    })
    listening.on('sessionError', () => {}).on('tlsClientError', () => {}).on('clientError', () => {})
    listening.listen(0, '127.0.0.1')
    const entry = net.createServer({ allowHalfOpen: true, noDelay: true }, passOn)
    entry.listen(0, '127.0.0.1', () => console.log(entry.address().port))
    process.on('uncaughtException', () => {})
    process.stdin.on('end', () => process.exit(0)).resume()
    """
}
