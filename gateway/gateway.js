// What nginx cannot say in its own words: links to files, and problem details.
// Runs in njs 0.7.9 (Debian 12). `links` and `problems` (by code and by status) are
// preloaded from JSON at start: read-only, without the methods of arrays.

import crypto from 'crypto';

const KEY = /^[A-Za-z0-9_][A-Za-z0-9._~=-]*(\/[A-Za-z0-9_][A-Za-z0-9._~=-]*)*$/;
const NEVER_SERVED = 'quarantine/';
const PUBLIC = 'public/';

function signature(path, expires, filename) {
    return crypto.createHmac('sha256', links.key)
        .update('GET\n' + path + '\n' + expires + '\n' + filename)
        .digest('base64url');
}

// Takes the same time wherever the first difference stands.
function same(one, other) {
    let difference = one.length ^ other.length;
    for (let i = 0; i < one.length; i++) {
        difference |= one.charCodeAt(i) ^ other.charCodeAt(i % (other.length || 1));
    }
    return difference === 0;
}

function signed(r) {
    const expires = r.args.expires, given = r.args.signature;
    const filename = r.args.filename === undefined ? '' : r.args.filename;
    return typeof filename === 'string'
        && typeof given === 'string'
        && typeof expires === 'string'
        && /^[0-9]{1,12}$/.test(expires)
        && same(signature(r.uri, expires, filename), given);
}

// One word for a request to /storage/: public, private, expired, refused, absent.
function verdict(r) {
    const key = r.uri.slice('/storage/'.length);
    if (!KEY.test(key) || key.startsWith(NEVER_SERVED)) {
        return 'absent';
    }
    if (key.startsWith(PUBLIC)) {
        return 'public';
    }
    if (!signed(r)) {
        return 'refused';
    }
    return Number(r.args.expires) * 1000 > Date.now() ? 'private' : 'expired';
}

// RFC 6266: a plain name for old clients, the real one in UTF-8 beside it.
function disposition(r) {
    if (r.variables.verdict !== 'private' || !r.args.filename) {
        return '';
    }
    const name = r.args.filename;
    const plain = name.replace(/[^A-Za-z0-9 ._()-]/g, '_');
    const real = encodeURIComponent(name).replace(/['()*]/g,
        (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
    return 'attachment; filename="' + plain + '"; filename*=UTF-8\'\'' + real;
}

function code(r, status) {
    if (status === 403 && r.variables.verdict === 'expired') {
        return 'link-expired';
    }
    if (status === 403 && r.variables.verdict === 'refused') {
        return 'link-refused';
    }
    return status === 503 && r.variables.closed ? 'maintenance' : '';
}

// Answers what nginx itself refuses, as RFC 9457 wants it.
function problem(r) {
    const status = Number(r.variables.status) || 500;
    const about = problems[code(r, status)] || problems[status] || problems[500];
    const path = (r.variables.request_uri || '/').split(/[?#]/)[0];
    if (links.retry_after[status]) {
        r.headersOut['Retry-After'] = links.retry_after[status];
    }
    if (status === 405) {
        r.headersOut['Allow'] = 'GET, HEAD';
    }
    r.headersOut['Content-Type'] = 'application/problem+json';
    r.return(status, JSON.stringify({
        type: '/problems/' + about.code,
        code: about.code,
        title: about.title,
        status: status,
        detail: about.explanation,
        instance: path,
        request_id: r.variables.request_ref,
    }));
}

export default { verdict, disposition, problem };
