/** The page that tries the API out, from the desk itself: no file of it comes from elsewhere. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

SwaggerUI({
  url: '/api/v2/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  // Its validator would be somebody else's server.
  validatorUrl: null,
  tryItOutEnabled: true,
  persistAuthorization: false,
  requestInterceptor: withCsrfToken,
});

interface TriedRequest {
  headers: Record<string, string>;
}

/** What the refresh cookie's routes want beside it. */
function withCsrfToken(request: TriedRequest): TriedRequest {
  const token = /(?:^|; )(?:__Secure-)?csrf_refresh_token=([^;]*)/.exec(document.cookie)?.[1];
  if (token !== undefined) request.headers['X-CSRF-TOKEN'] = token;
  return request;
}
