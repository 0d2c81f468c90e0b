// Starts HTTPS servers over HTTP/1.1 and HTTP/2 by Node as child processes: what Node offers is not written again here.
import Foundation
import TestSupport

/// A Node process that serves on a free loopback port and ends when its standard input closes.
///
/// Paths: `/barrier` answers when ten of them wait; `/hang` never; `/refuse` ends the stream with REFUSED_STREAM
/// (HTTP/2 only); `/goaway` destroys the connection; `/farewell` answers and closes the connection, and `/farewells` says
/// how many connections the server closed; `/seen` answers how often each path was requested; `/size` the
/// length of the body; and all else the HTTP version and the number of its connection.
final class NodeServer {
  enum HTTPVersion: String, CaseIterable, Sendable { case http1, http2 }

  let port: Int
  private let process: ChildProcess

  init(_ version: HTTPVersion, _ certificates: TestAuthority) throws {
    process = try ChildProcess(
      ["node", "-e", Self.script, "--", version.rawValue, certificates.key, certificates.certificate])
    port = try process.readPort()
  }

  var url: String { "https://localhost:\(port)" }

  func stop() { process.end() }

  private static let script = """
    const [version, key, cert] = process.argv.slice(1)
    const fs = require('fs'), http2 = require('http2'), https = require('https')
    const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert), keepAliveTimeout: 60000 }
    const seen = {}, waiting = []
    let connections = 0, farewells = 0
    const numbers = new Map()
    const sessionOf = request => request.stream ? request.stream.session : request.socket
    function serve(request, response) {
      const path = request.url
      seen[path] = (seen[path] ?? 0) + 1
      if (path === '/seen') return response.end(Object.entries(seen).map(e => e.join(' ')).join('\\n'))
      if (path === '/hang') return
      if (path === '/refuse') return response.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
      if (path === '/farewells') return response.end(String(farewells))
      if (path === '/farewell') {
        const ends = request.stream?.session ?? request.socket
        response.on('finish', () => request.stream ? ends.close() : ends.end())
        return response.end()
      }
      if (path === '/goaway') return sessionOf(request).destroy()
      const body = () => request.httpVersion + ' ' + numbers.get(sessionOf(request))
      if (path === '/barrier') {
        waiting.push(() => response.end(body()))
        if (waiting.length === 10) for (const answer of waiting.splice(0)) answer()
        return
      }
      let size = 0
      request.on('data', part => { size += part.length })
      request.on('end', () => response.end(path === '/size' ? String(size) : body()))
    }
    const server = version === 'http2' ? http2.createSecureServer(options, serve) : https.createServer(options, serve)
    server.on(version === 'http2' ? 'session' : 'secureConnection', c => numbers.set(c, ++connections))
    server.on('secureConnection', socket => socket.on('finish', () => farewells++))
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))
    process.stdin.on('end', () => process.exit(0)).resume()
    """
}

extension ChildProcess {
  /// The port that a server says, in a line of its own, once it listens.
  func readPort() throws -> Int {
    var line: [UInt8] = []
    while line.last != UInt8(ascii: "\n"), let part = read() { line += part }
    guard let port = Int(String(decoding: line.dropLast(), as: UTF8.self)) else { throw CocoaError(.executableLoad) }
    return port
  }
}
