import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Paths of PEM files. `cert` and `key` are a client's. The wrong ones are sound, but of another authority. */
export type Certificates = {
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly serverCert: string
  readonly serverKey: string
  readonly wrongCa: string
  readonly wrongCert: string
  readonly wrongKey: string
}

const run = promisify(execFile)

/** Makes two authorities, a server certificate for 127.0.0.1 and localhost, and a client certificate of each authority. */
export const makeCertificates = async (folder: string): Promise<Certificates> => {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  await Promise.all([authority(openssl, 'ca'), authority(openssl, 'wrong-ca')])
  await Promise.all([
    certificate(openssl, folder, 'server', 'ca'),
    certificate(openssl, folder, 'client', 'ca'),
    certificate(openssl, folder, 'wrong-client', 'wrong-ca'),
  ])
  const path = (name: string) => join(folder, name)
  return {
    ca: path('ca.pem'),
    cert: path('client.pem'),
    key: path('client.key'),
    serverCert: path('server.pem'),
    serverKey: path('server.key'),
    wrongCa: path('wrong-ca.pem'),
    wrongCert: path('wrong-client.pem'),
    wrongKey: path('wrong-client.key'),
  }
}

type OpenSsl = (...args: string[]) => Promise<unknown>

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

const authority = (openssl: OpenSsl, name: string): Promise<unknown> =>
  openssl(
    ...['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`],
    ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
  )

const certificate = async (
  openssl: OpenSsl,
  folder: string,
  name: string,
  signer: string,
): Promise<void> => {
  await openssl(
    ...['req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`],
  )
  // Both uses: etcd's JSON gateway shows the server's certificate to its own gRPC port as a client.
  await writeFile(
    join(folder, `${name}.ext`),
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
  )
  await openssl(
    ...['x509', '-req', '-days', '2', '-in', `${name}.csr`, '-out', `${name}.pem`],
    ...['-CA', `${signer}.pem`, '-CAkey', `${signer}.key`, '-CAcreateserial'],
    ...['-CAserial', `${name}.srl`, '-extfile', `${name}.ext`],
  )
}
